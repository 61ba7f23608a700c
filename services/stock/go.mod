module inventory.example/services/stock

go 1.26.0

require (
	inventory.example/pkg v0.0.0
)

replace (
	inventory.example/pkg => ../../pkg
)
