package conform

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

const (
	typeLocation = "Location"
	typeSchedule = "Schedule"
	typeSlot     = "Slot"
)

// byteOrderMark is what some Windows programs put in front of UTF-8.
const byteOrderMark = "\uFEFF"

// A listed file is an output of the manifest.
type listed struct {
	resourceType, url string
	in                states
}

// file checks a file to its end and reports whether it could be read whole.
func (c *checker) file(ctx context.Context, body io.Reader, f listed, out *File) bool {
	counted := &countingReader{r: body}
	defer func() { out.Bytes = counted.n }()
	c.lines.in.Reset(counted)
	at := place{file: out.Name}
	whole := true
	for {
		l, err := c.lines.next()
		if err == nil {
			err = ctx.Err()
		}
		if errors.Is(err, io.EOF) {
			break
		}
		at.line, at.id = at.line+1, nil
		if err != nil {
			c.breach("file.whole", at, "reading stopped: %s", short([]byte(err.Error())))
			c.report.incomplete("%s: reading stopped at line %d: %s", out.Name, at.line, short([]byte(err.Error())))
			return false
		}
		if rest, found := bytes.CutPrefix(l.text, []byte(byteOrderMark)); found && at.line == 1 {
			c.breach("file.no-byte-order-mark", at, "the file begins with one")
			l.text = rest
		}
		if l.carriage {
			c.breach("file.line-ends", at, "a carriage return stands before the line feed")
		}
		if !l.ended {
			c.breach("file.line-ends", at, "the last line has no line feed")
		}
		switch {
		case l.tooLong:
			c.breach("file.json-lines", at, "the line is longer than %d bytes", maxLine)
			c.report.incomplete("%s: line %d is longer than %d bytes and was not checked", out.Name, at.line, maxLine)
			whole = false
		case len(bytes.TrimSpace(l.text)) == 0:
			c.breach("file.no-blank-lines", at, "the line is blank")
		default:
			out.Resources++
			if !c.line(l.text, at, f) && !l.ended {
				c.report.incomplete("%s: it breaks off in the middle of line %d", out.Name, at.line)
				whole = false
			}
		}
	}
	if out.Resources == 0 {
		c.breach("file.not-empty", place{file: out.Name}, "it has none")
	}
	return whole
}

// line checks a line and reports whether it is a JSON object.
func (c *checker) line(b []byte, at place, f listed) bool {
	resource, ok := c.doc.parse(b)
	if !ok || resource.kind() != object {
		c.breach("file.json-lines", at, "not a JSON object: %s", short(b))
		return false
	}
	at.id = resource.get("id").text()
	if r := resource.get("resourceType"); !isOneOf(r, f.resourceType) {
		c.breach("file.resource-type", at, "resourceType is %s in a file of %s", r, f.resourceType)
		return true
	}
	c.extensions(resource.get("extension"), at)
	switch f.resourceType {
	case typeLocation:
		c.location(resource, at, f.in)
	case typeSchedule:
		c.schedule(resource, at, f.in)
	case typeSlot:
		c.slot(resource, at, f.in)
	}
	return true
}

// identify checks the id of a resource and keeps it. Family is the first part of the
// names of its rules.
func (c *checker) identify(known *ids, family string, at place, in state) {
	if !validID(at.id) {
		c.breach(family+".id", at, "id is %q", short(at.id))
	}
	if len(at.id) > 0 && !known.add(at.id, in) {
		c.breach(family+".id-unique", at, "another one has the id, too")
	}
}

// dangling is called where a reference leads nowhere, which tells something only if all
// that it may lead to has been read.
func (c *checker) dangling(rule, to string, at place, id []byte) {
	if c.unread[to] {
		return
	}
	c.breach(rule, at, "there is no %s/%s", to, short(id))
}

// extensions checks what is asked of any extension (FHIR R4, 2.4.0).
func (c *checker) extensions(list value, at place) {
	if list.kind() != absent && list.size() == 0 {
		c.breach("resource.extension", at, "extension is %s", list)
	}
	for e := range list.elements {
		values := 0
		for name, v := range e.members {
			if strings.HasPrefix(string(name.text()), "value") && v.kind() != null || string(name.text()) == "extension" && v.size() > 0 {
				values++
			}
		}
		switch address := e.get("url"); {
		case !isURI(address.text()):
			c.breach("resource.extension", at, "the url of an extension is %s", address)
		case values != 1:
			c.breach("resource.extension", at, "extension %s has %d values", short(address.text()), values)
		}
	}
}
