# The page of somebody who takes part in a course: what to do until the hub is there.

mine-ahead = How you get in
mine-ahead-until = Until the hub opens:
mine-ahead-now = Now
mine-ahead-here = At the start, the way into the hub appears on this page.
mine-ahead-browser = There is nothing to install, and you need no other password; a browser is enough.
mine-late-again = Load this page again in a few minutes: as soon as the hub is ready, a button leads into it.
mine-late-ask = If it takes longer, ask the course’s leaders: { $leaders }.
mine-late-reload = Load the page again
courses-open-one = Open “{ $title }”
