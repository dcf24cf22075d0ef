package cashier

import (
	"reflect"
	"regexp"
	"testing"

	"hexiao/hub/voucher"
)

func TestEveryWordIsThereInBothLanguages(t *testing.T) {
	hanzi := regexp.MustCompile(`\p{Han}`)
	for _, words := range []reflect.Value{reflect.ValueOf(&say).Elem(), reflect.ValueOf(&guide).Elem()} {
		complete(t, words, hanzi)
	}
}

func complete(t *testing.T, words reflect.Value, hanzi *regexp.Regexp) {
	for i := range words.NumField() {
		name := words.Type().Field(i).Name
		w := reflect.NewAt(words.Field(i).Type(), words.Field(i).Addr().UnsafePointer()).Interface().(*voucher.Text)
		if name == "language" { // each language names the other one
			continue
		}
		if !hanzi.MatchString(w.Zh) {
			t.Errorf("%s has no Chinese: %q", name, w.Zh)
		}
		if w.En == "" || hanzi.MatchString(w.En) {
			t.Errorf("%s has no English: %q", name, w.En)
		}
	}
}
