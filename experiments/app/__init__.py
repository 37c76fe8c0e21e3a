"""The dashboard: two arms side by side, with the same luck, in a browser.

`controls` makes sliders of declarations, `setup` turns what was chosen into a study, `runs` computes its two arms day
by day, `picture` says who stands where in the drawn network, `charts` what the curves show; a `visitor` holds what one
page has chosen and is shown. These know of no page.

`page` is the page (Solara), `guard` keeps strangers from it, `serving` puts it on a port.
"""
