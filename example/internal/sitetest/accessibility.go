package sitetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The checker is axe-core (https://github.com/dequelabs/axe-core). At half a megabyte and under the
// MPL-2.0 it is not among our sources: npm brings it, once, into the user's cache.
const (
	axeVersion   = "4.14.1"
	axeIntegrity = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==" // SHA-512
)

// views are the ways in which everybody shall be able to use a page.
var views = []struct {
	name   string
	size   action
	scheme string
}{
	{"wide", chromedp.EmulateViewport(1600, 900), "light"},
	{"desktop", desktop(), "light"},
	{"desktop-dark", desktop(), "dark"},
	{"phone", phone(), "light"},
	{"phone-dark", phone(), "dark"},
}

// Checked checks the page that is open: on a desktop and on a phone, light and dark. It writes a
// Picture of each to the folder that the environment variable PICTURES names, if it does.
func (b *Browser) Checked(name string) {
	b.t.Helper()
	if _, again := checkedPages.LoadOrStore(name, true); again {
		return // the engine beneath makes no difference to it
	}
	for _, view := range views {
		b.Look(view.size, view.scheme)
		if found := b.Violations(); found != "" {
			b.t.Errorf("%s, %s: not everybody can use it:\n%s", name, view.name, found)
		}
		if !b.Fits() {
			b.t.Errorf("%s, %s: the page is wider than the screen", name, view.name)
		}
		if folder := os.Getenv("PICTURES"); folder != "" {
			b.Picture(filepath.Join(folder, name+"-"+view.name+".png"), chromedp.FullScreenshot(100))
		}
	}
	// As on a small phone, or at 400 % on a desktop (WCAG 2.2, 1.4.10).
	b.Look(chromedp.EmulateViewport(320, 640), "light")
	if !b.Fits() {
		b.t.Errorf("%s: the page does not fit into 320 pixels", name)
	}
	b.Look(desktop(), "")
}

var checkedPages sync.Map

// Look has the page shown in another size and color scheme.
func (b *Browser) Look(size action, scheme string) {
	b.t.Helper()
	b.do("changing the view", size, cdpAction(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}))
}

func (b *Browser) Fits() bool {
	b.t.Helper()
	return b.Ask(`String(document.documentElement.scrollWidth <= document.documentElement.clientWidth)`) == "true"
}

// Violations returns what is wrong with the page, or "" also if there is no checker. The protocol
// evaluates it beside the page, whose Content-Security-Policy lets no script run.
func (b *Browser) Violations() string {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		return ""
	}
	if b.Ask(`typeof axe`) == "undefined" {
		b.Ask(source + `; ""`)
	}
	found, err := within(b.ctx, chromedp.Evaluate[string](`
		axe.run({rules: {"target-size": {enabled: true}}}).then(result => result.violations.flatMap(
			v => v.nodes.map(n => v.id + ": " + n.target + ": " + n.failureSummary.replace(/\s+/g, " "))).join("\n"))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("checking accessibility: %v", err)
	}
	return found
}

// axe returns the source of axe-core.
var axe = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "ginlogin")
	name := "axe-core-" + axeVersion + ".tgz" // as npm calls it
	archive, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil || !isAxe(archive) {
		if archive, err = packAxe(folder, name); err != nil {
			return "", err
		}
	}
	return unpackAxe(archive)
})

func isAxe(archive []byte) bool {
	sum := sha512.Sum512(archive)
	return base64.StdEncoding.EncodeToString(sum[:]) == axeIntegrity
}

// packAxe has npm bring the archive, and keeps it in the folder.
func packAxe(folder, name string) ([]byte, error) {
	temporary, err := os.MkdirTemp("", "ginlogin-axe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	npm := exec.Command("npm", "pack", "--silent", "axe-core@"+axeVersion)
	npm.Dir = temporary
	if output, err := npm.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm brings no axe-core: %w\n%s", err, output)
	}
	archive, err := os.ReadFile(filepath.Join(temporary, name))
	if err != nil {
		return nil, err
	}
	if !isAxe(archive) {
		return nil, fmt.Errorf("what npm brings as %s is not what it was", name)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	return archive, os.WriteFile(filepath.Join(folder, name), archive, 0o644)
}

func unpackAxe(archive []byte) (string, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return "", err
	}
	files := tar.NewReader(unzipped)
	for {
		header, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("reading axe-core: %w", err)
		}
		if header.Name == "package/axe.min.js" {
			source, err := io.ReadAll(files)
			return string(source), err
		}
	}
}
