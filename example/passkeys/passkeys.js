// The only script of the site. A page cannot ask for a passkey without one.
//
// It works on forms with data-passkey: "create" makes a passkey, "get" asks for one when the form is sent, and
// "autofill" has the browser offer passkeys in the field of the e-mail address. The challenge comes from data-begin.
// The browser's answer goes into the field "credential", and the form is sent like any other.
"use strict";

(() => {
  const supported = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

  const told = {
    NotAllowedError: "Nothing has happened: no passkey was used. You can try again.",
    InvalidStateError: "This device has a passkey for your account already.",
    SecurityError: "Passkeys do not work at this address of the site.",
  };

  // A Refusal is what the site says about it, in words for people.
  class Refusal extends Error {}

  async function begin(form, signal) {
    const response = await fetch(form.dataset.begin, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
      redirect: "manual",
      signal,
    });
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) {
      if (form.dataset.passkey !== "autofill") location.reload(); // somebody logged in or out meanwhile, or has to confirm it
      throw new Refusal("Please reload this page.");
    }
    const answer = await response.json();
    if (!response.ok) throw new Refusal(answer.error);
    return answer.options;
  }

  async function send(form, ways = {}) {
    const options = await begin(form, ways.signal);
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options), ...ways });
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  }

  function prepare(form) {
    const note = form.querySelector("[data-note]");
    const button = form.querySelector("[data-go]");
    if (!supported) {
      note.textContent = "This browser cannot use passkeys. A newer one can, and your password works everywhere.";
      return;
    }
    note.hidden = true;
    button.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      note.hidden = button.disabled = true;
      try {
        await send(form);
      } catch (error) {
        note.textContent = error instanceof Refusal ? error.message : told[error.name] ?? "That did not work. Please try again.";
        note.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
  }

  // The browser offers passkeys in the field until one is chosen. A challenge is good for ten minutes, so there is
  // another one before that. Whatever goes wrong, the page works as it does without.
  async function autofill(form) {
    if (!supported || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    document.getElementById("email").autocomplete = "username webauthn";
    const remember = document.getElementById("remember");
    const copy = () => { form.elements.remember.value = remember.checked ? "1" : ""; };
    remember.addEventListener("change", copy);
    copy();
    for (let again = true; again;) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), 9 * 60 * 1000);
      try {
        await send(form, { mediation: "conditional", signal: stop.signal });
        again = false;
      } catch {
        again = stop.signal.aborted;
      } finally {
        clearTimeout(timer);
      }
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (form.dataset.passkey === "autofill") autofill(form);
    else prepare(form);
  }

  // The browser stops offering passkeys that were removed here.
  for (const list of document.querySelectorAll("[data-accepted]")) {
    PublicKeyCredential.signalAllAcceptedCredentials?.(JSON.parse(list.dataset.accepted)).catch(() => {});
  }
})();
