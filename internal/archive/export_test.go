package archive

import (
	"context"
	"io"
)

// Each gives all objects, for tests.
func (b *Bucket) Each(ctx context.Context, f func(path string, content []byte)) error {
	objects, err := b.list(ctx, "")
	if err != nil {
		return err
	}
	for _, o := range objects {
		r, err := b.open(ctx, o.path)
		if err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil {
			return err
		}
		f(o.path, content)
	}
	return nil
}
