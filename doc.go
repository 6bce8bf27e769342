// Package univaf is the domain: places that give vaccinations, what is
// available there, and the pure rules by which many reports become one answer.
//
// It must not know of databases, HTTP or any one provider; it uses the standard
// library only. Every other package imports it, and it imports none of them.
package univaf
