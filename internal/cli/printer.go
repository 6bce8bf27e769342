package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/load"
)

// printer writes records: one a line, or indented.
func printer(out io.Writer, pretty bool) load.Sink {
	var mu sync.Mutex
	return load.SinkFunc(func(_ context.Context, u univaf.Update) (load.Outcome, error) {
		text := u.AppendJSON(nil)
		if pretty {
			var indented bytes.Buffer
			if err := json.Indent(&indented, text, "", "  "); err != nil {
				return load.Taken, err
			}
			text = indented.Bytes()
		}
		mu.Lock()
		defer mu.Unlock()
		_, err := out.Write(append(text, '\n'))
		switch {
		case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe): // head has seen enough
			return load.Taken, load.ErrSinkClosed
		case err != nil:
			return load.Taken, fmt.Errorf("%w: %w", load.ErrSinkFailed, err)
		}
		return load.Taken, nil
	})
}
