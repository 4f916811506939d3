# Genehmigung: die Warteschlange, ein Antrag, eine Änderung, alle Kurse, was die Cluster tragen.

governance-title = Anträge und Änderungen
governance-tabs = Genehmigung
governance-tab-queue = Zu entscheiden
governance-tab-courses = Alle Kurse
governance-tab-capacity = Auslastung
governance-back = Zurück
governance-find = Suchen
governance-search = Titel oder Adresse
governance-show-all = Alles zeigen
governance-none-found = Nichts gefunden
governance-none-found-text = Bitte suchen Sie nach einem anderen Wort oder Zustand.

governance-lead-nothing = Nichts wartet auf eine Entscheidung.
governance-lead-waiting =
    { $count ->
        [one] Eine Entscheidung steht aus, angefragt { $since }.
       *[other] { $count } Entscheidungen stehen aus, die älteste angefragt { $since }.
    }
governance-queue-empty = Alles ist entschieden
governance-queue-empty-text = Neue Anträge und Änderungen von Kursen erscheinen hier. Sie bekommen auch eine Mail, höchstens eine in der Stunde.
governance-requests = Anträge
governance-changes = Änderungen
governance-sent-back = Rückfragen
governance-sent-back-text = Diese warten auf die Antwort ihrer Kursleitung.
governance-column-course = Kurs
governance-column-courses = Kurse
governance-column-waits = Angefragt
governance-column-period = Von – bis
governance-column-seats = Plätze
governance-column-cpu = Rechenleistung
governance-column-memory = Arbeitsspeicher
governance-column-storage = Speicherplatz
governance-column-decide = Entscheidung
governance-look = Ansehen
governance-extend-until = Verlängern bis { $until }
governance-column-changes = Was sich ändert
governance-column-state = Zustand
governance-column-step = Als Nächstes
governance-column-week = Wochen
governance-column-holds = Belegt
governance-starts = Beginn
governance-started = Beginn war

governance-request-title = Antrag: { $title }
governance-lead-request = { $leaders } hat { $since } angefragt. Der Kurs soll { $starts } beginnen.
governance-lead-request-late = { $leaders } hat { $since } angefragt. Der Beginn ist vorbei: { $starts }. Sobald Sie annehmen, wird der Hub bereitgestellt.
governance-lead-sent-back = { $leaders } hat { $since } angefragt und muss erst eine Rückfrage beantworten. Der Kurs soll { $starts } beginnen.
governance-lead-decided = Darüber ist entschieden. { $leaders } hat { $since } für einen Beginn { $starts } angefragt.
governance-to-decision = Zur Entscheidung
governance-said-accepted = Angenommen
governance-said-rejected = Abgelehnt
governance-said-sent-back = Rückfrage
governance-said-by = { $name }, { $when }
governance-remarks = Was die Kursleitung dazu sagt
governance-values = Was beantragt ist
governance-description = Beschreibung
governance-history = Was bisher geschah

governance-beside = Neben dem, was zugesagt ist
governance-verdict-fits = Es passt neben alles, was für diese Zeit zugesagt ist.
governance-verdict-no-limit = Die Einrichtung hat keine Obergrenze für alle Hubs zusammen festgelegt.
governance-verdict-too-much = Es passt nicht. Über der Grenze: { $what }.
governance-lacks = { $what } um { $over }
governance-weeks = Die Zahlen Woche für Woche und die Kurse dieser Zeit
governance-weeks-count = { $count } Wochen
governance-table = Was je Woche höchstens gleichzeitig zugesagt ist
governance-table-asked = Was je Woche höchstens gleichzeitig zugesagt ist und was es mit diesem Kurs wird
governance-row-limit = Grenze
governance-row-asked = Dieser Kurs
governance-sum = { $committed } → { $with }
governance-over = über der Grenze
governance-others = Kurse derselben Zeit
governance-verdict-later = Es passt, wenn der Kurs am { $day } beginnt.
governance-chart-requested = weitere Anträge
governance-requested-too = dazu beantragt { $amount }
governance-chart-committed = zugesagt
governance-chart-asked = dieser Kurs
governance-chart-limit = Grenze { $limit }
governance-chart-text = Höchstens { $committed } sind zugesagt.
governance-chart-text-limit = Höchstens { $committed } sind zugesagt; die Grenze ist { $limit }.
governance-chart-text-asked = Höchstens { $committed } sind zugesagt, mit diesem Kurs { $with }.
governance-chart-text-asked-limit = Höchstens { $committed } sind zugesagt, mit diesem Kurs { $with }; die Grenze ist { $limit }.
governance-capacity-lead = Was die bisher angenommenen Kurse im kommenden halben Jahr höchstens gleichzeitig brauchen.

governance-decision = Entscheidung
governance-answer = Übliche Antwort
governance-answer-none = keine
governance-message = Nachricht an die Kursleitung
governance-message-help = Nötig, wenn Sie ablehnen oder nachfragen. Sie geht mit Ihrem Namen als Mail hinaus.
governance-override = Warum es trotzdem angenommen wird
governance-override-help = Die Cluster tragen das nicht neben dem Übrigen. Es anzunehmen braucht eine Begründung; sie bleibt in den Akten.
governance-accept = Annehmen
governance-accept-anyway = Trotzdem annehmen
governance-send-back = Nachfragen
governance-reject = Ablehnen
governance-nothing-to-decide = Hier ist zurzeit nichts zu entscheiden.
governance-to-course = Zum Kurs
governance-conflict-accepted = { $name } hat dies inzwischen angenommen. Ihre Entscheidung wurde nicht gespeichert.
governance-conflict-rejected = { $name } hat dies inzwischen abgelehnt. Ihre Entscheidung wurde nicht gespeichert.
governance-conflict-sent-back = { $name } hat inzwischen nachgefragt. Ihre Entscheidung wurde nicht gespeichert.
governance-conflict-revised = Die Kursleitung hat den Antrag geändert, während Sie ihn lasen. Bitte sehen Sie ihn sich noch einmal an; Ihre Worte stehen noch unten.
governance-conflict-withdrawn = Der Antrag wurde inzwischen zurückgezogen. Es gibt nichts mehr zu entscheiden.
governance-conflict-change-accepted = { $name } hat diese Änderung inzwischen angenommen. Ihre Entscheidung wurde nicht gespeichert.
governance-conflict-change-rejected = { $name } hat diese Änderung inzwischen abgelehnt. Ihre Entscheidung wurde nicht gespeichert.
governance-conflict-change-withdrawn = Die Änderung wurde inzwischen zurückgenommen. Es gibt nichts mehr zu entscheiden.

governance-change-title = Änderung: { $title }
governance-change-pending = zu entscheiden
governance-change-accepted = angenommen
governance-change-rejected = abgelehnt
governance-change-withdrawn = zurückgenommen
governance-lead-change = { $name } hat { $since } angefragt. Bis Sie entscheiden, gilt, was angenommen ist.
governance-lead-change-decided = Darüber ist entschieden. { $name } hat { $since } angefragt.
governance-old-new = Alt und neu
governance-change-running = Der Hub läuft. Größen und Umgebung gelten, wenn der Server einer Person das nächste Mal startet; niemand fliegt hinaus, und Gespeichertes bleibt.

governance-courses-lead =
    { $count ->
        [one] Ein Kurs.
       *[other] { $count } Kurse.
    }
governance-courses-none = Noch keine Kurse
governance-courses-none-text = Sobald jemand einen Kurs beantragt, steht er hier.
governance-any-state = jeder
governance-hub-down = antwortet nicht
governance-decide = Entscheiden
governance-stop-link = Anhalten …

governance-stop-title = „{ $title }“ anhalten?
governance-stop-lead = Der Kurs endet jetzt, vor seiner Zeit. Das lässt sich nicht rückgängig machen.
governance-stop-hub = Der Hub wird sofort geschlossen: Laufende Server werden angehalten, dann wird alles von ihm entfernt.
governance-stop-told = Die Kursleitung bekommt eine Mail mit Ihrem Namen und Ihrem Grund.
governance-stop-reason = Grund
governance-stop-reason-help = Kursleitung und Teilnehmende lesen ihn.
governance-stop = Kurs anhalten
governance-stop-not-possible = Es gibt nichts anzuhalten: Der Kurs ist nicht angenommen, wird schon beendet oder ist vorbei.
governance-withdraw-title = Die Zusage für „{ $title }“ zurückziehen?
governance-withdraw-lead = Der Kurs findet dann nicht statt. Bereitgestellt ist für ihn noch nichts.
governance-withdraw-applicants = Wer sich beworben hat, erfährt, dass der Kurs nicht stattfindet.
governance-withdraw = Zurückziehen
governance-stop-all-link = Alle Kurse auf einmal anhalten …
governance-stop-all-title = Alle Kurse anhalten?
governance-stop-all-lead =
    { $count ->
        [one] Für Notfälle: Ein Kurs endet jetzt. Das lässt sich nicht rückgängig machen.
       *[other] Für Notfälle: { $count } Kurse enden jetzt. Das lässt sich nicht rückgängig machen.
    }
governance-stop-all-confirm = Damit es nicht aus Versehen geschieht
governance-stop-all-sure =
    { $count ->
        [one] Ja, den einen Kurs beenden
       *[other] Ja, alle { $count } Kurse beenden
    }
governance-stop-all-unsure = Bitte kreuzen Sie dies an, wenn Sie wirklich alle meinen.
governance-stop-all = Alle Kurse anhalten
governance-stop-of = Nur die Kurse einer Leitung
governance-stop-of-help = Die Mailadresse der Leitung. Leer: die Kurse von allen.
governance-stop-of-show = Diese Kurse zeigen
governance-stop-of-title = Alle Kurse von { $name } anhalten?
governance-stop-of-do = Alle Kurse von { $name } anhalten
governance-stop-on-all = Alle Cluster
governance-beside-cluster = Auf dem Cluster { $title }
governance-cluster-help = Wo der Hub läuft. Das lässt sich später nicht ändern.
governance-cluster-no-limit = { $title }: keine Grenze
governance-cluster-fits = { $title }: passt
governance-cluster-too-much = { $title }: passt nicht

flash-governance-accepted = „{ $title }“ ist angenommen. Die Kursleitung bekommt eine Mail, und ab jetzt kann man sich bewerben.
flash-governance-rejected = „{ $title }“ ist abgelehnt. Die Kursleitung bekommt Ihre Nachricht als Mail.
flash-governance-sent-back = „{ $title }“ geht mit Ihrer Frage an die Kursleitung zurück.
flash-governance-change-accepted = Die Änderung von „{ $title }“ ist angenommen und gilt ab jetzt.
flash-governance-change-deploying = Die Änderung von „{ $title }“ ist angenommen. Der Hub wird gerade geändert.
flash-governance-change-rejected = Die Änderung von „{ $title }“ ist abgelehnt. Die Kursleitung bekommt Ihre Nachricht als Mail.
flash-governance-stopping = „{ $title }“ wird angehalten, der Hub entfernt.
flash-governance-withdrawn = „{ $title }“ ist zurückgezogen.
flash-governance-stopped-all =
    { $count ->
        [0] Es gab nichts anzuhalten.
        [one] Ein Kurs wird angehalten.
       *[other] { $count } Kurse werden angehalten.
    }
