# A thin alias: `make test` is `./dev test`. Arguments go in A: make test A="-k tickets".
.PHONY: help demo test serve manage lint lock bench image-check

help:
	@./dev

demo test serve manage lint lock bench image-check:
	@./dev $@ $(A)
