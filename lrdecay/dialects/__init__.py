"""The peers' own schedulers: their names, arguments and defaults, their numbers, as schedules.

Each module is named after a library and holds one function for each of its schedulers. The result
is a `lrdecay.Schedule`, made of the families of this package wherever these give the same numbers,
so that its `repr` is a translation. Where the peer takes an optimizer, the first argument here is
`lr`.
"""
