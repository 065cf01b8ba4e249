package main

import (
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var refusals = []codes.Code{codes.Unimplemented, codes.InvalidArgument, codes.Unauthenticated, codes.PermissionDenied}

// refusedByProxy reports whether an error without advice of the service is final: a proxy answered, and would again.
func refusedByProxy(err error) bool {
	return slices.Contains(refusals, status.Code(err))
}
