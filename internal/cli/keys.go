package cli

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/keys"
)

type keysCommand struct {
	Create keysCreateCommand `cmd:"" help:"Make a key and print it, once."`
	List   keysListCommand   `cmd:"" help:"List the keys: names, scopes and dates."`
	Revoke keysRevokeCommand `cmd:"" help:"End a key."`
}

// Help is what keys --help says besides its subcommands.
func (c *keysCommand) Help() string {
	return "The database keeps hashes of the keys alone. Servers learn of changes within some seconds. " +
		"The keys in the environment variable API_KEYS (write and read-private) work besides these."
}

type keysCreateCommand struct {
	Name  string         `arg:"" help:"Who will hold it, for logs: up to 64 letters, digits, dots, dashes and underscores."`
	Scope []univaf.Scope `help:"What it is good for: write (updates and reports of runs), read-private (hidden places and reports), admin (everything, and /operate/)." enum:"write,read-private,admin" required:""`

	databaseFlags
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Run makes a key.
func (c *keysCreateCommand) Run(h *host) error {
	if !keyName.MatchString(c.Name) {
		return usage("the name must be 1 to 64 letters, digits, dots, dashes and underscores, not %q", c.Name)
	}
	db, err := c.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	text := keys.Make()
	err = db.AddKey(h.ctx, univaf.Key{Name: c.Name, Hash: keys.Hash(text), Scopes: c.Scope, CreatedAt: time.Now()})
	if errors.Is(err, univaf.ErrTaken) {
		return fmt.Errorf("there is, or was, a key %s: choose another name, so that logs tell the two apart", c.Name)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(h.stderr, "This is the key of %s. It is shown only now: keep it well.\n", c.Name)
	_, err = fmt.Fprintln(h.stdout, text)
	return err
}

type keysListCommand struct {
	databaseFlags
}

// Run lists the keys.
func (c *keysListCommand) Run(h *host) error {
	db, err := c.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	list, err := db.Keys(h.ctx)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(h.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "KEY\tSCOPES\tMADE\tLAST USED\tREVOKED")
	for _, k := range list {
		var scopes []string
		for _, scope := range k.Scopes {
			scopes = append(scopes, string(scope))
		}
		used := ""
		if k.UsedOn != nil {
			used = k.UsedOn.Format(time.DateOnly)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", k.Name, strings.Join(scopes, ","), moment(&k.CreatedAt), cmp.Or(used, "-"), moment(k.RevokedAt))
	}
	return out.Flush()
}

type keysRevokeCommand struct {
	Name string `arg:"" help:"Name of the key."`

	databaseFlags
}

// Run ends a key.
func (c *keysRevokeCommand) Run(h *host) error {
	db, err := c.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	err = db.RevokeKey(h.ctx, c.Name, time.Now())
	if errors.Is(err, univaf.ErrNotFound) {
		return fmt.Errorf("there is no key %s: univaf keys list tells which there are", c.Name)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(h.stdout, "%s is revoked: within %v no server takes it any more\n", c.Name, revokedWithin)
	return err
}

// revokedWithin is how long a revoked key may go on working, on a server that reaches
// the database.
const revokedWithin = 5 * keys.Refresh
