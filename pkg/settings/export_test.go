package settings

import "context"

// Read does what Run does every few seconds.
func (a *Access) Read(ctx context.Context) { a.read(ctx) }
