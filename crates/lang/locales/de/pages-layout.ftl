# Der Rahmen jeder Seite und die Teile, aus denen Seiten bestehen.

layout-language-name = Deutsch
layout-skip = Zum Inhalt
kept-form = Sie waren nicht mehr angemeldet, als Sie dies gesendet haben. Was Sie eingegeben haben, steht unten wieder in den Feldern. Gespeichert ist noch nichts: Bitte prüfen und noch einmal senden.
kept-form-discard = Eingaben verwerfen
layout-demo = Probebetrieb auf diesem Rechner: Hubs sind nicht voneinander abgeschirmt, und Mails gehen an die Postfach-Seite statt an Menschen.
layout-local-hubs = Die Hubs laufen auf dem Rechner des Portals und sind nicht voneinander abgeschirmt: nur zum Ausprobieren, mit Menschen, die einander vertrauen.
layout-nav = Hauptnavigation
layout-courses = Kurse
layout-new-course = Kurs beantragen
layout-governance = Anträge
layout-administration = Verwaltung
layout-help = Hilfe
layout-account = Konto
layout-mailbox = Postfach
layout-sign-in = Anmelden
layout-sign-out = Abmelden
layout-crumbs = Standort
layout-imprint = Impressum
layout-privacy = Datenschutz
layout-terms = Nutzungsbedingungen
layout-language = Sprache
layout-theme = Darstellung
layout-theme-system = wie das Gerät
layout-theme-light = hell
layout-theme-dark = dunkel

timeline-label = Der Weg des Kurses
timeline-now = jetzt
timeline-requested = beantragt
timeline-decision = Entscheidung
timeline-accepted = angenommen
timeline-deployment = Bereitstellung
timeline-deployed = bereitgestellt
timeline-opens = öffnet
timeline-open = offen
timeline-ends = endet
timeline-over = beendet
timeline-from = ab { $date }
timeline-until = bis { $date }
timeline-requested-explained = Die Kursleitung nennt Zeitraum, Plätze und was gebraucht wird.
timeline-accepted-explained = Die Einrichtung stimmt zu. Ab jetzt kann man sich über einen Link bewerben.
timeline-deployed-explained = Kurz vor der ersten Stunde wird der Hub aufgebaut und ausprobiert.
timeline-open-explained = Wer zugelassen ist, arbeitet im Browser, bis zur letzten Stunde.
timeline-over-explained = Der Hub wird abgebaut. Es bleibt nichts von ihm zurück.

form-optional = (freiwillig)
form-errors =
    { $count ->
        [one] Eine Angabe braucht noch einen Blick
       *[other] { $count } Angaben brauchen noch einen Blick
    }

notice-done = Erledigt
notice-note = Hinweis
notice-warning = Achtung
notice-failed = Fehlgeschlagen

confirm-cancel = Abbrechen
copy = Kopieren
copied = Kopiert

pagination-label = Seiten der Liste
pagination-shown = { $first }–{ $last } von { $total }
pagination-previous = Zurück
pagination-next = Weiter

steps-label = Schritte der Bereitstellung
steps-usual = meist { $duration }
steps-took = fertig in { $duration }
steps-total = Insgesamt { $duration }
log-key = Taste

log-label = Protokoll
log-whole =
    { $count ->
        [one] Ganzes Protokoll (eine Zeile)
       *[other] Ganzes Protokoll ({ $count } Zeilen)
    }
log-empty = Noch steht hier nichts. Die ersten Zeilen folgen gleich.
log-copy = Protokoll kopieren

progress-seats-label = Plätze
progress-seats = { $taken } von { $seats } belegt
