# Die Seite einer Person, die an einem Kurs teilnimmt: was bis zum Hub zu tun ist.

mine-ahead = So kommen Sie hinein
mine-ahead-until = Bis der Hub öffnet:
mine-ahead-now = Jetzt
mine-ahead-here = Zum Start erscheint auf dieser Seite der Weg in den Hub.
mine-ahead-browser = Sie brauchen nichts zu installieren und kein weiteres Passwort; ein Browser genügt.
mine-late-again = Laden Sie diese Seite in ein paar Minuten neu: Sobald der Hub bereit ist, führt ein Knopf hinein.
mine-late-ask = Dauert es länger, fragen Sie die Kursleitung: { $leaders }.
mine-late-reload = Seite neu laden
courses-open-one = „{ $title }“ öffnen
