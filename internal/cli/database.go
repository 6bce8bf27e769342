package cli

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
)

// databaseFlags say where the database is: a whole address, or the parts of one, or,
// with neither, a file in the data folder.
type databaseFlags struct {
	DB      string `name:"db" placeholder:"URL" help:"Database: sqlite:PATH or postgres://…" fallback:"DB_URL,DATABASE_URL"`
	DBHost  string `help:"Host of PostgreSQL; its password comes from $DB_PASSWORD alone." fallback:"DB_HOST"`
	DBPort  string `help:"Port of PostgreSQL." default:"5432" fallback:"DB_PORT"`
	DBName  string `help:"Name of the database." fallback:"DB_NAME"`
	DBUser  string `help:"User of PostgreSQL." fallback:"DB_USERNAME"`
	DBPool  int    `help:"Most connections to PostgreSQL." default:"10" fallback:"DB_POOL_SIZE_DATA"`
	DataDir string `help:"Folder for the embedded database." default:"./data" fallback:"UNIVAF_DATA_DIR"`
}

var errNoDatabase = errors.New("production needs a database: set DB_URL (or DATABASE_URL, or DB_HOST, DB_NAME, DB_USERNAME and DB_PASSWORD; " +
	"sqlite:PATH for an embedded one)")

// isSet reports whether anything says which database is meant.
func (f databaseFlags) isSet() bool {
	return f.DB != "" || f.DBHost != "" || f.DBName != "" || f.DBUser != ""
}

// address gives the database's URL. file is the embedded one's name.
func (f databaseFlags) address(getenv func(string) string, file string) (string, error) {
	if f.DBPool < 1 {
		return "", fmt.Errorf("--db-pool (DB_POOL_SIZE_DATA) must be 1 or more, not %d", f.DBPool)
	}
	if f.DB != "" {
		return f.DB, nil
	}
	if !f.isSet() {
		return "sqlite:" + filepath.Join(f.DataDir, file), nil
	}
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	u := url.URL{
		Scheme: "postgres",
		User:   url.User(or(f.DBUser, "postgres")),
		Host:   net.JoinHostPort(or(f.DBHost, "localhost"), f.DBPort),
		Path:   "/" + or(f.DBName, "univaf"),
	}
	if strings.HasPrefix(f.DBHost, "/") { // the folder of a socket
		u.Host = ""
		u.RawQuery = url.Values{"host": {f.DBHost}, "port": {f.DBPort}}.Encode()
	}
	if password := getenv("DB_PASSWORD"); password != "" {
		u.User = url.UserPassword(u.User.Username(), password)
	}
	return u.String(), nil
}
