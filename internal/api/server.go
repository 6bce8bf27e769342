// Package api is HTTP: it reads requests, asks the catalog or hands updates to
// ingest, and writes answers in the shapes that clients rely on. One file holds one
// resource.
//
// It must not know of the database, nor decide what an update changes.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/keys"
)

// An Ingest writes updates; *ingest.Ingester is one.
type Ingest interface {
	Read(text []byte, updateLocation bool) (ingest.Update, error)
	Enqueue(ctx context.Context, u ingest.Update) (*ingest.Pending, error)
}

// Options are what a Server needs.
type Options struct {
	Catalog *catalog.Catalog
	Ingest  Ingest
	// Sources are those that this server knows, and Runs how their runs went.
	Sources []Source
	Runs    Runs
	// History tells how statuses turned.
	History History
	// Ping tells whether the database answers, for /ready.
	Ping func(context.Context) error
	// Keys knows the keys of the API, and Operations does what operators ask for.
	Keys       *keys.Ring
	Operations Operations
	// AddressRate and KeyRate are the most requests a second from one address and with
	// one key; 0 is no limit.
	AddressRate, KeyRate int
	// SecurityContact is the URI for reports of weaknesses, "" if there is none.
	SecurityContact string
	// Contact gives phone and web address of whoever is behind a source, by its name in
	// availability; "" where there is none.
	Contact func(source string) (phone, site string)
	// PrimaryHost is the host in links; they are https then. Without it they repeat
	// what the request came to.
	PrimaryHost string
	// Proxies are those whose X-Forwarded-* headers are believed.
	Proxies []netip.Prefix
	// Sunset and SunsetInfo say when the API will end and where that is explained.
	Sunset     time.Time
	SunsetInfo string
	// Demo is the publisher of invented data, served below /demo/, or nil. With it,
	// every answer says that the data is invented.
	Demo http.Handler
	// Build tells releases with other renderings apart.
	Build string
	// Now is the clock that deadlines are set by.
	Now func() time.Time
	Log *slog.Logger
}

// Server answers requests. It is an http.Handler.
type Server struct {
	Options
	mux         *http.ServeMux
	draining    chan struct{}
	handler     http.Handler
	common      []headerField
	asOf        atomic.Pointer[asOfHeader]
	kept        keptBodies
	perAddress  *limited
	perKey      *limited
	crossOrigin http.CrossOriginProtection
	feed        feed
	published   published
	counted     keptBodies    // of openings
	asking      chan struct{} // holds one for each question to the database
	// summaries are those asked for in the last second or since the data changed.
	summaries recentBodies
	docsPage  func() ([]byte, error)
	patterns  []string // of all routes
}

// New gives a server.
func New(o Options) *Server {
	s := &Server{Options: o, mux: http.NewServeMux(), draining: make(chan struct{}), feed: feed{catalog: o.Catalog, now: o.Now}, asking: make(chan struct{}, mostAsking)}
	s.perAddress = newLimited("address", "an address", o.AddressRate, o.Now())
	s.perKey = newLimited("key", "a key", o.KeyRate, o.Now())
	s.common = s.commonHeaders()
	s.docsPage = docsPage(s.demoNotice())
	s.routes()
	s.handler = s.recovered(s.withCommonHeaders(http.HandlerFunc(s.dispatch)))
	return s
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Drain makes /ready say no, so that nobody sends new requests here, and sends away who
// waits for changes.
func (s *Server) Drain() { close(s.draining) }

// A handler answers or gives an error, which is then rendered in its dialect.
type handler func(w http.ResponseWriter, r *http.Request) error

// A dialect is how one generation of the API speaks.
type dialect struct {
	prefix string // of its paths
	format catalog.Format
	// fail writes an error.
	fail func(w http.ResponseWriter, e apiError)
}

var (
	edge = &dialect{prefix: "/api/edge", format: catalog.Edge, fail: writeEdgeError}
	v1   = &dialect{prefix: "/api/v1", format: catalog.V1, fail: writeProblem}
)

// dialectOf gives the dialect of an address, whether a route takes it or not.
func dialectOf(r *http.Request) *dialect {
	for _, d := range []*dialect{v1, fhir} {
		if inFolder(r.URL.Path, d.prefix) {
			return d
		}
	}
	return edge
}

func (s *Server) routes() {
	for _, d := range []*dialect{edge, v1} {
		s.handle(d, "GET "+d.prefix+"/locations", s.orFound(d, s.locations(d), s.found))
		s.handle(d, "GET "+d.prefix+"/locations.ndjson", s.orFound(d, s.locationsNDJSON(d), s.foundNDJSON))
		s.handle(d, "GET "+d.prefix+"/locations/{id}", s.location(d))
		s.handle(d, "GET "+d.prefix+"/availability", s.availability(d))
		s.handle(d, "POST "+d.prefix+"/update", s.update(d))
	}
	s.handle(v1, "GET /api/v1/locations.geojson", s.geoJSON)
	s.handle(v1, "GET /api/v1/slots", s.slots)
	s.handle(v1, "GET /api/v1/summary", s.summary)
	s.handle(v1, "GET /api/v1/openings.atom", s.openingsAtom)
	s.handle(v1, "POST /api/v1/updates", s.updates)
	s.handle(v1, "GET /api/v1/changes", s.changes)
	s.handle(v1, "GET /api/v1/locations/{id}/history", s.history)
	s.handle(v1, "GET /api/v1/stats/openings", s.openings)
	s.handle(v1, "GET /api/v1/sources", s.sources)
	s.handle(v1, "POST /api/v1/sources/{name}/runs", s.addRun)

	s.smartRoutes()

	// Paths from before /api/edge that clients still use.
	s.handle(edge, "POST /update", s.update(edge))
	s.handle(edge, "GET /locations/{id}", s.location(edge))
	s.handle(edge, "GET /locations", s.goneLocations)

	s.handle(edge, "GET /health", s.health)
	s.handle(v1, "GET /ready", s.ready)
	s.handle(edge, "GET /{$}", s.root)
	s.handle(edge, "GET /docs/{$}", s.docs)
	s.handle(edge, "GET /openapi.yaml", s.openapi)
	if s.SecurityContact != "" {
		s.handle(v1, "GET /.well-known/security.txt", s.securityText)
	}
	s.operateRoutes()
	s.mux.HandleFunc(elsewhere, s.unknown)
	if s.Demo != nil {
		s.mux.Handle("/demo/", http.StripPrefix("/demo", s.Demo))
	}
}

func (s *Server) handle(d *dialect, pattern string, h handler) {
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(d, w, r, err)
		}
	})
}

func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions { // of any address, whoever serves it
		preflight(w, r)
		return
	}
	if err := s.limit(w, r); err != nil {
		s.fail(dialectOf(r), w, r, err)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// elsewhere is the pattern of what no other route takes.
const elsewhere = "/"

// unknown answers what no route takes with JSON, too.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	d := dialectOf(r)
	if allowed := s.allowed(r); allowed != "" {
		w.Header().Set("Allow", allowed)
		s.fail(d, w, r, apiError{
			Status: http.StatusMethodNotAllowed, Code: "method_not_allowed",
			Message: "This address takes " + allowed + ", not " + r.Method,
		})
		return
	}
	setHeader(w.Header(), "Cache-Control", cachePage)
	d.fail(w, apiError{Status: http.StatusNotFound, Code: "not_found", Message: "Not Found"})
}

// allowed lists the methods that the address takes, "" if there is no such address.
func (s *Server) allowed(r *http.Request) string {
	probe := r.Clone(r.Context())
	list := ""
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		probe.Method = method
		if _, pattern := s.mux.Handler(probe); pattern != "" && pattern != elsewhere {
			if list != "" {
				list += ", "
			}
			list += method
		}
	}
	return list
}
