package openapi

import "strings"

// command gives a curl command for the operation's example request, "" if it has none.
func command(base, method string, n Node) string {
	path := n.Get("x-example-request").Text()
	if path == "" {
		return ""
	}
	parts := []string{"curl " + quoteShell(base+path)}
	if keyOf(n) == "needed" {
		parts = append(parts, "-H 'x-api-key: KEY'")
	}
	for media, body := range n.Get("requestBody", "content").Members() {
		var lines []string
		for _, value := range body.Examples() {
			if strings.HasSuffix(media, "ndjson") {
				lines = append(lines, value.JSON())
			} else {
				lines = append(lines, pretty(value.value, ""))
				break
			}
		}
		parts = append(parts, "-H 'content-type: "+media+"'", "--data-binary "+quoteShell(strings.Join(lines, "\n")))
		break
	}
	if len(parts) == 1 && method != "GET" {
		parts = append(parts, "-X "+method)
	}
	return strings.Join(parts, " \\\n  ")
}

// quoteShell gives s as one word of a POSIX shell.
func quoteShell(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
