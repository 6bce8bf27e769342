package ingest

import "testing"

func TestWhatIsTheSameButForTheTimes(t *testing.T) {
	const noon, one = "2021-11-01T12:00:00Z", "2021-11-01T13:00:00Z"
	base := func(checked, valid string) string {
		return `{"id":"x","availability":{"source":"s","checked_at":"` + checked + `","slots":[{"checked_at":"z"}],"valid_at":"` + valid + `","meta":{}},"name":"N"}`
	}
	key, checked, valid := textKey([]byte(base(noon, one)))
	if key == 0 || string(checked) != noon || string(valid) != one {
		t.Fatalf("got %d, %q and %q", key, checked, valid)
	}
	for _, test := range []struct {
		name, text string
		same       bool
	}{
		{"other times", base(one, noon), true},
		{"shorter times", base("2021-11-01", ""), true},
		{"another order", `{"id":"x","availability":{"source":"s","valid_at":"` + one + `","slots":[{"checked_at":"z"}],"checked_at":"` + noon + `","meta":{}},"name":"N"}`, false},
		{"a time elsewhere", `{"id":"x","availability":{"source":"s","checked_at":"` + noon + `","slots":[{"checked_at":"y"}],"valid_at":"` + one + `","meta":{}},"name":"N"}`, false},
		{"only one of them", `{"id":"x","availability":{"source":"s","checked_at":"` + noon + `","slots":[{"checked_at":"z"}],"meta":{}},"name":"N"}`, false},
		{"another fact", `{"id":"x","availability":{"source":"s","checked_at":"` + noon + `","slots":[{"checked_at":"z"}],"valid_at":"` + one + `","meta":{}},"name":"O"}`, false},
	} {
		got, _, _ := textKey([]byte(test.text))
		if got == 0 || (got == key) != test.same {
			t.Errorf("%s: got %d, the first was %d; the same: want %v", test.name, got, key, test.same)
		}
	}
}
