# A thin alias: `make test` is `./dev test`. Arguments go in A: make test A="-k tickets".
.PHONY: help demo test serve manage lint lock image-check

help:
	@./dev

demo test serve manage lint lock image-check:
	@./dev $@ $(A)
