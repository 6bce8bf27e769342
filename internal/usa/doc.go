// Package usa holds facts of the United States' postal geography: states and
// what people call them.
//
// It must not know of locations, sources or the network.
package usa
