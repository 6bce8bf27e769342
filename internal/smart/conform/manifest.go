package conform

import "bytes"

// manifest checks what a manifest says and gives the files that it lists, each once, or
// false if it is no manifest.
func (c *checker) manifest(data []byte) (files []listed, ok bool) {
	at := place{file: c.own}
	if rest, found := bytes.CutPrefix(data, []byte(byteOrderMark)); found {
		c.breach("file.no-byte-order-mark", at, "the file begins with one")
		data = rest
	}
	var doc document
	m, ok := doc.parse(data)
	if !ok || m.kind() != object {
		c.breach("manifest.json", at, "not a JSON object: %s", short(data))
		return nil, false
	}
	if v := m.get("transactionTime"); !isInstant(v) {
		c.breach("manifest.transaction-time", at, "transactionTime is %s", v)
	}
	if v := m.get("request"); !isWebURL(v.text()) {
		c.breach("manifest.request", at, "request is %s", v)
	}
	if v := m.get("error"); v.kind() != list {
		c.breach("manifest.error-list", at, "error is %s", v)
	}
	output := m.get("output")
	if output.kind() != list {
		c.breach("manifest.output", at, "output is %s", output)
		return nil, false
	}
	seen, types := map[string]bool{}, map[string]bool{}
	for entry := range output.elements {
		f, wanted := c.output(entry, at)
		if !wanted {
			continue
		}
		types[f.resourceType] = true
		if seen[f.url] {
			c.breach("manifest.no-repeats", at, "%s is listed again", entry.get("url"))
			continue
		}
		seen[f.url] = true
		files = append(files, f)
	}
	for _, want := range []string{typeLocation, typeSchedule, typeSlot} {
		if !types[want] {
			c.breach("manifest.all-types", at, "there is no %s file", want)
		}
	}
	return files, true
}

func isInstant(v value) bool {
	_, ok := parseInstant(v.text())
	return ok
}

// output checks an entry of output, and reports whether it is a file to be read.
func (c *checker) output(entry value, at place) (f listed, wanted bool) {
	resourceType, address := entry.get("type"), entry.get("url")
	if !resourceType.filled() {
		c.breach("manifest.output", at, "the type of an entry is %s", resourceType)
	} else if !isOneOf(resourceType, typeLocation, typeSchedule, typeSlot) {
		c.breach("manifest.known-types", at, "the type of an entry is %s", resourceType)
		return f, false
	}
	if !isWebURL(address.text()) {
		c.breach("manifest.output", at, "the url of an entry is %s", address)
	}
	f = listed{resourceType: string(resourceType.text()), url: string(address.text())}
	codes := entry.get("extension").get("state")
	switch {
	case codes.kind() == absent:
		c.breach("manifest.state", at, "%s has no extension.state", address)
	case codes.size() == 0:
		c.breach("manifest.state-codes", at, "extension.state is %s", codes)
	}
	for code := range codes.elements {
		s := stateOf[string(code.text())]
		if s == 0 {
			c.breach("manifest.state-codes", at, "extension.state has %s", code)
			continue
		}
		if f.in == nil {
			f.in = states{}
		}
		f.in[s] = true
	}
	return f, f.resourceType != "" && f.url != ""
}
