package ui

import (
	"fmt"
	"strings"
)

// Language is the language to speak to a person in, "zh" or "en": what was asked for ("zh", "en", or "" for not asked),
// else what the system is set to (LC_ALL, LC_MESSAGES, LANG in POSIX's order; everything that begins with "zh" is
// Chinese), else English. Another wish is an error.
func Language(asked string, getenv func(string) string) (string, error) {
	switch asked {
	case "zh", "en":
		return asked, nil
	case "":
	default:
		return "", fmt.Errorf("语言须为 zh 或 en，不是 %q / the language is zh or en, not %q", asked, asked)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return spoken(v), nil
		}
	}
	return "en", nil
}

func spoken(locale string) string {
	if strings.HasPrefix(strings.ToLower(locale), "zh") {
		return "zh"
	}
	return "en"
}
