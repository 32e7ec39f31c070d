package app

import "testing"

func TestParseConfig(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		ok         bool
	}{
		{"nothing is all defaults", "", true},
		{"so is an empty object", "{}", true},
		{"a setting of the contract", `{"session_protection": "strong"}`, true},
		{"no message", `{"login_message": null}`, true},
		{"a key that the contract does not know", `{"session_protektion": "strong"}`, false},
		{"a value of another type", `{"permanent": "yes"}`, false},
		{"no JSON", `{`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseConfig([]byte(tt.text)); (err == nil) != tt.ok {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestNewRefusesUnknownWords(t *testing.T) {
	for _, text := range []string{
		`{"session_protection": "strict"}`,
		`{"remember_cookie_samesite": "lax"}`,
	} {
		config, err := ParseConfig([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(config); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
