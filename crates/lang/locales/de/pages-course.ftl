# Seiten zu Kursen: Anträge, Teilnehmende, die Seite des Kurses.

# Die Angaben zu einem Kurs

course-when = { $relative } ({ $exact })
course-value-none = keine Angabe
course-value-changed = geändert
course-value-cpu = { $count } CPU
course-value-sizes = { $cpu }, { $memory } Arbeitsspeicher, { $storage } Speicherplatz
course-value-start-app = App unter „{ $path }“
course-value-start-material = Notebook „{ $path }“ aus dem Material
course-value-admission-domains = alle mit einer bestätigten Adresse von { $domains }
course-value-material = { $url }, im Ordner „{ $folder }“
course-value-material-branch = { $url }, Zweig „{ $branch }“, im Ordner „{ $folder }“

course-field-title = Titel
course-field-slug = Adresse
course-field-cluster = Cluster
course-field-description = Beschreibung
course-field-start-date = Beginn: Tag
course-field-start-time = Beginn: Uhrzeit
course-field-end-date = Ende: Tag
course-field-end-time = Ende: letzte Minute
course-field-starts-at = Beginn
course-field-ends-at = Ende
course-field-seats = Plätze
course-field-admission = Wer hineinkommt
course-field-domains = Mail-Domains
course-field-cpu = Rechenleistung
course-field-memory = Arbeitsspeicher
course-field-storage = Speicherplatz
course-field-per-person = Je Person
course-field-total = Insgesamt
course-field-environment = Umgebung
course-field-image = Eigenes Image
course-field-start-page = Was sich zuerst öffnet
course-field-start-path = Pfad dazu
course-field-material = Kursmaterial
course-field-material-url = Adresse des Git-Repositorys
course-field-material-branch = Zweig
course-field-material-folder = Ordner bei den Teilnehmenden
course-field-shared-folder = Gemeinsamer Ordner
course-field-remarks = Bemerkungen
course-field-remarks-label = Bemerkungen an die Genehmigungsstelle
course-field-terms = Nutzungsbedingungen

# Das Formular

course-form-about = Der Kurs
course-form-address = Der Hub steht dann unter
course-form-when = Zeitraum
course-form-zone = Alle Zeiten gelten in der Zeitzone { $zone }. Die letzte Minute gehört noch zum Kurs.
course-form-people = Teilnehmende
course-form-size = Größe je Person
course-form-software = Software
course-form-material = Material
course-form-words = Zum Schluss
course-form-back = Zurück

course-help-title = Diesen Namen sehen die Teilnehmenden, etwa auf der Einladungsseite.
course-help-slug = Kleinbuchstaben, Ziffern und Bindestriche, 3 bis 40 Zeichen.
course-help-slug-fixed = Die Adresse ist fest, weil der Hub schon unter ihr eingerichtet wird.
course-help-description = Sehen alle, die den Link öffnen. Markdown ist möglich: *kursiv*, **fett**, Listen, Links.
course-help-end = Ohne Angabe 23:59 Uhr.
course-help-seats = So viele Menschen können zugelassen sein, höchstens { $max }. Wer danach kommt, steht auf der Warteliste.
course-help-domains = Mehrere trennen Sie mit Kommas, zum Beispiel „uni.example, students.uni.example“.
course-help-size = Höchstens { $max } { $unit }.
course-help-now = Jetzt gilt: { $value }.
course-help-image = Vollständig, mit Registry und fester Version, zum Beispiel „quay.io/jupyter/scipy-notebook:2026-10-05“.
course-help-start-path = Für ein Notebook zum Beispiel „woche-1/start.ipynb“, für eine App zum Beispiel „rstudio“.
course-help-material = Ein öffentliches Repository. Sein Inhalt wird bei jedem Start in die Ordner der Teilnehmenden geholt, ohne deren Änderungen zu überschreiben.
course-help-remarks = Was für die Entscheidung wichtig ist, zum Beispiel wofür der Kurs viel Speicher braucht.

course-admission-by-hand = Ich entscheide über jede Bewerbung
course-admission-by-hand-help = Sie werden benachrichtigt, sobald sich jemand bewirbt, höchstens einmal in der Stunde.
course-admission-domains = Alle mit einer Adresse bestimmter Mail-Domains
course-admission-domains-help = Es zählen nur bestätigte Adressen. Über alle anderen entscheiden Sie.
course-admission-roster = Alle auf meiner Teilnahmeliste
course-admission-roster-help = Die Liste laden Sie nach dem Antrag hoch. Über alle anderen entscheiden Sie.
course-admission-link = Alle mit dem Link
course-admission-link-help = Wer den Link weitergibt, gibt den Zugang weiter.

course-environment-image = Ein eigenes Image
course-environment-image-help = Für Software, die keine der Umgebungen enthält.

course-start-material = Ein Notebook aus dem Material
course-start-app = Eine App der Umgebung
course-start-app-help = Zum Beispiel RStudio, wenn die Umgebung es enthält.

course-terms-accept = Ich habe die Nutzungsbedingungen (Fassung { $number }) gelesen und stimme ihnen zu.
course-terms-read = Nutzungsbedingungen lesen

course-new-title = Kurs beantragen
course-new-lead = Sie beschreiben, was Sie brauchen; die Genehmigungsstelle entscheidet. Bis dahin lässt sich alles ändern.
course-new-lead-automatic = Sie beschreiben, was Sie brauchen. Kleine Kurse werden sofort angenommen, über größere entscheidet die Genehmigungsstelle.
course-new-send = Antrag einreichen
course-new-keep = Als Entwurf speichern

course-drafts = Entwürfe
course-draft-untitled = Ohne Titel
course-draft-throw-away = Entwurf verwerfen
course-outlook = Was daraus wird
course-outlook-not-yet = Das steht hier, sobald Zeit und Größe angegeben sind.
course-outlook-decision = Entscheidung
course-outlook-at-once = von selbst, wenn Platz ist
course-outlook-decided = durch die Genehmigungsstelle
course-outlook-deploys = Hub wird bereitgestellt
course-outlook-removed = Hub wird entfernt nach
course-draft-kept = Als Entwurf gesichert, { $at }.
course-draft-signed-out = Sie sind nicht mehr angemeldet. Was Sie eingegeben haben, steht noch hier: Melden Sie sich in einem neuen Tab an, dann wird weiter gesichert.
course-draft-unkept = Der Entwurf ließ sich gerade nicht sichern. Was Sie eingegeben haben, steht noch hier.
course-draft-delete = Entwurf löschen
course-draft-delete-question = Den Entwurf „{ $title }“ löschen?
course-draft-delete-means = Alles, was Sie hier eingegeben haben, geht verloren. Beantragt ist noch nichts.

course-copy-title = „{ $title }“ noch einmal beantragen
course-copy-lead = Alles ist von dem früheren Kurs übernommen, um die Tage unten verschoben. Bitte sehen Sie es durch, bevor Sie den Antrag einreichen.
course-copy-dates = Verschieben
course-copy-days = Um so viele Tage
course-copy-days-help = 182 Tage sind ein Semester, 364 ein Jahr: Die Wochentage bleiben dieselben. Was Sie unten schon geändert haben, geht dabei verloren.
course-copy-shift = Daten verschieben

course-revise-title = Antrag ändern
course-revise-title-answer = Rückfrage beantworten
course-revise-lead = Über den Antrag ist noch nicht entschieden. Was Sie jetzt einreichen, tritt an seine Stelle.
course-revise-lead-answer = Ändern Sie, worum es geht, und antworten Sie unten in den Bemerkungen. Danach wird neu entschieden.
course-revise-send = Geänderten Antrag einreichen
course-revise-send-again = Erneut einreichen

course-words-rejected = Warum abgelehnt wurde
course-words-sent-back = Die Rückfrage
course-words-accepted = Worte zur Annahme
course-words-by = { $name }, { $at }

# Änderungen

course-change-title = Kurs ändern
course-change-heading = „{ $title }“ ändern
course-change-lead = Nur was Sie hier ändern, ändert sich. Mehr Ressourcen, ein späteres Ende oder eine andere Umgebung entscheidet die Genehmigungsstelle; bis dahin gilt, was jetzt gilt.
course-change-send = Änderung einreichen
course-change-when = Was wann gilt
course-change-when-portal = Beginn, Ende, Beschreibung und Zulassung gelten sofort.
course-change-when-server = Rechenleistung, Arbeitsspeicher, Umgebung, Startseite und Material gelten für jede Person beim nächsten Start ihres Servers.
course-change-when-storage = Speicherplatz kann bei einem laufenden Hub nur wachsen; ob er es bei schon angelegten Ordnern tut, hängt vom Cluster ab.
course-change-caption = Was sich ändert
course-change-field = Angabe
course-change-old = bisher
course-change-new = neu
course-change-asked = Beantragt:
course-change-is-pending = Änderung, noch nicht entschieden
course-change-is-accepted = Änderung, angenommen
course-change-is-rejected = Änderung, abgelehnt
course-change-is-withdrawn = Änderung, zurückgenommen
course-pending = Änderung wartet
course-pending-lead = Eine Änderung wartet auf die Entscheidung der Genehmigungsstelle. Eine weitere ist möglich, sobald sie entschieden ist oder Sie sie zurücknehmen.
course-pending-text = Die Genehmigungsstelle entscheidet darüber. Bis dahin gilt der Kurs, wie er angenommen wurde.
course-pending-withdraw = Änderung zurücknehmen

# Die Seite des Kurses

course-tabs = Seiten des Kurses
course-tab-overview = Überblick
course-tab-participants = Teilnehmende
course-tab-participants-applied =
    { $count ->
        [one] Teilnehmende (1 wartet)
       *[other] Teilnehmende ({ $count } warten)
    }
course-tab-staff = Team
course-tab-roster = Teilnahmeliste
course-tab-deployments = Hub und Bereitstellungen
course-tab-request = Antrag
course-tab-history = Verlauf

course-tag-open = Hub offen
course-tag-over = beendet
course-stop-applied = beworben
course-stop-decision = Entscheidung

course-lead-requested = Die Genehmigungsstelle hat noch nicht entschieden. Sie erhalten eine Mail, sobald sie es tut. Der Kurs soll { $starts } beginnen.
course-lead-sent-back = Die Genehmigungsstelle hat eine Rückfrage. Entschieden wird erst, wenn Sie geantwortet haben.
course-lead-rejected = Der Antrag wurde abgelehnt. Sie können ihn überarbeiten und erneut einreichen.
course-lead-accepted = Der Kurs ist angenommen und beginnt { $starts }. Der Hub wird vorher von selbst bereitgestellt und geprüft, ab { $deploys }. Bewerben kann man sich schon jetzt.
course-lead-accepted-due = Der Kurs ist angenommen, und die Bereitstellung des Hubs ist fällig. Sie beginnt in der Regel innerhalb einer Minute.
course-lead-deploying = Der Hub wird gerade bereitgestellt und danach geprüft. Für Teilnehmende öffnet er { $starts }.
course-lead-deploying-late = Der Hub wird gerade bereitgestellt und danach geprüft. Er öffnet, sobald das geschafft ist.
course-lead-ready = Der Hub ist geprüft und läuft. Sie können schon hinein; für Teilnehmende öffnet er { $starts }.
course-lead-open = Der Hub ist offen. Der Kurs endet { $ends }.
course-lead-stopping = Der Kurs wird vorzeitig beendet. Der Hub wird gleich angehalten und entfernt.
course-lead-grace = Der Kurs ist vorbei; für Teilnehmende ist der Hub geschlossen. Sie können noch hinein. Entfernt wird er { $removed }.
course-lead-degrading = Der Kurs ist vorbei. Der Hub wird gerade angehalten und entfernt.
course-lead-degraded = Der Kurs ist vorbei und der Hub entfernt. Geplant war der Kurs bis { $ended }. Sie können ihn mit neuen Daten noch einmal beantragen.
course-lead-degraded-going = Der Kurs ist beendet und sein Hub entfernt. Was davon aufbewahrt war, wird jetzt gelöscht.
course-lead-degraded-kept = Der Kurs ist beendet und sein Hub entfernt. Die Dateien darauf werden noch bis { $until } aufbewahrt und dann gelöscht; bis dahin hilft die Administration weiter.
course-lead-failed = Der Hub konnte nicht bereitgestellt werden. Die Administration ist benachrichtigt; der Kurs soll { $starts } beginnen.
course-lead-failed-late = Der Hub konnte nicht bereitgestellt werden, und der Kurs hat schon begonnen. Die Administration ist benachrichtigt.
course-lead-failed-degrade = Der Kurs ist vorbei, aber der Hub ließ sich nicht ganz entfernen. Für Teilnehmende ist er geschlossen; die Administration ist benachrichtigt.
course-lead-cancelled = Der Kurs wurde zurückgezogen; einen Hub gab es nicht.

course-lead-mine-not-started = Sie sind dabei. Ihr Hub öffnet { $starts }.
course-lead-mine-not-ready = Der Kurs läuft, aber Ihr Hub ist noch nicht bereit. Daran wird gearbeitet; bitte sehen Sie in ein paar Minuten wieder nach.
course-lead-mine-open = Ihr Hub ist offen. Der Kurs endet { $ends }.
course-lead-mine-over = Der Kurs ist vorbei, der Hub ist geschlossen.
course-lead-mine-off = Der Kurs findet hier nicht statt. Sie müssen nichts tun.
course-lead-mine-applied = Sie haben sich beworben. Die Kursleitung entscheidet; das Ergebnis kommt per Mail.
course-lead-mine-waiting = Alle Plätze sind vergeben. Sie stehen auf Platz { $place } der Warteliste und rücken von selbst nach.
course-lead-mine-rejected = Ihre Bewerbung wurde nicht angenommen. Wenn das ein Versehen ist, wenden Sie sich bitte an die Kursleitung.
course-lead-mine-removed = Sie wurden aus dem Kurs entfernt und kommen nicht mehr in den Hub. Wenn das ein Versehen ist, wenden Sie sich bitte an die Kursleitung.
course-lead-mine-left = Sie haben den Kurs verlassen. Mit dem Link der Kursleitung können Sie sich wieder bewerben.

course-open-hub = Hub öffnen
course-hub-down = Der Hub antwortet nicht, seit { $since }. Gespeicherte Dateien sind nicht betroffen. Die Administration ist benachrichtigt.
course-about = Über den Kurs
course-facts = Angaben
course-fact-period = Zeitraum
course-fact-leaders = Leitung
course-fact-address = Adresse des Hubs
course-fact-zone = Zeitzone dieser Angaben

course-leave-heading = Austreten
course-take-back-heading = Ihre Bewerbung
course-leave = Kurs verlassen
course-leave-question = Den Kurs „{ $title }“ verlassen?
course-leave-means = Sie kommen sofort nicht mehr in den Hub. Sichern Sie vorher, was Sie behalten möchten. Ihr Platz geht an die nächste Person.
course-take-back = Bewerbung zurücknehmen
course-take-back-question = Die Bewerbung für „{ $title }“ zurücknehmen?
course-take-back-means = Sie können sich mit dem Link wieder bewerben, stehen dann aber hinten in der Reihe.

course-do-answer = Rückfrage beantworten
course-do-revise = Antrag überarbeiten
course-do-decide =
    { $count ->
        [one] Über eine Bewerbung entscheiden
       *[other] Über { $count } Bewerbungen entscheiden
    }
course-do-watch = Beim Arbeiten zusehen
course-do-see-log = Protokoll ansehen
course-failure = Woran es lag
course-do-govern = Über den Antrag entscheiden

course-invite = Einladen
course-invite-now = Wer diesen Link öffnet, kann sich bewerben. Geben Sie ihn zum Beispiel im Lernraum weiter.
course-invite-later = Dieser Link gilt, sobald der Kurs angenommen ist.
course-invite-renew = Link erneuern
course-invite-renew-question = Einen neuen Link für „{ $title }“ erzeugen?
course-invite-renew-means = Der alte Link führt dann nirgends mehr hin. Wer schon beworben oder zugelassen ist, bleibt es.

course-people = Wer teilnimmt
course-people-applied =
    { $count ->
        [one] Eine Bewerbung wartet auf Ihre Entscheidung
       *[other] { $count } Bewerbungen warten auf Ihre Entscheidung
    }
course-people-waiting =
    { $count ->
        [one] Eine Person steht auf der Warteliste
       *[other] { $count } Personen stehen auf der Warteliste
    }

course-steps = Was Sie tun können
course-step-revise = Antrag ändern
course-step-revise-help = Solange nicht entschieden ist, lässt sich alles ändern.
course-step-change = Kurs ändern
course-step-change-help = Größe, Daten, Umgebung, Material; auch während der Kurs läuft.
course-step-copy = Noch einmal beantragen
course-step-copy-help = Mit denselben Angaben und verschobenen Daten.

course-ending = Beenden
course-cancel = Kurs zurückziehen
course-cancel-text = Wird der Kurs nicht gebraucht, ziehen Sie ihn zurück. Dann entsteht kein Hub.
course-cancel-question = Den Kurs „{ $title }“ zurückziehen?
course-cancel-means = Es wird kein Hub bereitgestellt, und alle Beworbenen erhalten eine Mail. Das lässt sich nicht rückgängig machen; Sie können den Kurs aber neu beantragen.
course-cancel-reason = Grund
course-cancel-reason-help = Steht in der Mail an alle Beworbenen.
course-extend = Verlängern
course-extend-do = Kurs verlängern
course-extend-text = Der Hub läuft dann bis zum neuen Ende weiter. Alles bleibt erhalten.
course-extend-question = „{ $title }“ verlängern?
course-extend-means = Wenn die Genehmigungsstelle zustimmen muss, gilt das bisherige Ende, bis sie es getan hat. Sonst gilt das neue sofort.
course-end = Kurs beenden
course-end-text = Der Kurs lässt sich vor seinem Ende schließen. Der Hub wird dann angehalten und mit allen Dateien entfernt.
course-end-question = Den Kurs „{ $title }“ jetzt beenden?
course-end-means =
    { $count ->
        [0] Der Hub wird sofort geschlossen und mit allen Dateien entfernt. Das lässt sich nicht rückgängig machen.
        [one] Eine teilnehmende Person verliert sofort den Zugang und ihre Dateien auf dem Hub. Das lässt sich nicht rückgängig machen.
       *[other] { $count } Teilnehmende verlieren sofort den Zugang und ihre Dateien auf dem Hub. Das lässt sich nicht rückgängig machen.
    }
course-end-reason = Grund
course-end-reason-help = Steht im Verlauf des Kurses.

# Meine Kurse

courses-title = Meine Kurse
courses-tab-staff = Leitung und Assistenz
courses-tab-participant = Teilnahme
courses-lead-open =
    { $count ->
        [one] Ein Hub ist gerade für Sie offen.
       *[other] { $count } Hubs sind gerade für Sie offen.
    }
courses-lead-next = Als Nächstes beginnt „{ $title }“, { $starts }.
courses-lead-role-lost = Sie leiten keine Kurse mehr: Ihr Konto hat die Rolle der Kursleitung verloren. Wenn das ein Versehen ist, schreiben Sie bitte der Administration.
courses-lead-staff = Kurse, die Sie leiten oder betreuen.
courses-lead-participant = Kurse, an denen Sie teilnehmen oder für die Sie sich beworben haben.
courses-lead-past = Kurse, die vorbei sind. Sie lassen sich mit neuen Daten noch einmal beantragen.
courses-lead-found =
    { $count ->
        [one] Ein Kurs passt zu „{ $q }“.
       *[other] { $count } Kurse passen zu „{ $q }“.
    }
courses-running = Jetzt
courses-next = Demnächst
courses-waiting = Wartet auf eine Entscheidung
courses-past = Vorbei
courses-column-course = Kurs
courses-column-state = Stand
courses-column-when = Zeitraum
courses-column-seats = Plätze
courses-column-hub = Hub
courses-hub-down = antwortet nicht
courses-search = Titel oder Adresse
courses-search-do = Suchen
courses-search-all = Alle zeigen
courses-show-past = Vergangene Kurse
courses-show-present = Zurück zu den laufenden und kommenden Kursen
courses-none-led = Noch kein Kurs
courses-none-led-text = Hier stehen die Kurse, die Sie leiten. Beantragen Sie den ersten: Sie nennen Zeitraum, Plätze und Software, der Hub entsteht rechtzeitig von selbst.
courses-none-assisted = Kein Kurs
courses-none-assisted-text = Hier stehen Kurse, die Sie betreuen. Eine Kursleitung kann Sie dafür benennen.
courses-none-joined = Noch kein Kurs
courses-none-joined-text = Hier stehen die Kurse, an denen Sie teilnehmen. Den Link zu einem Kurs erhalten Sie von der Kursleitung; mit ihm bewerben Sie sich.
courses-none-past = Nichts vorbei
courses-none-past-text = Hier stehen Kurse nach ihrem Ende.
courses-none-found = Nichts gefunden
courses-none-found-text = Kein Kurs passt dazu. Gesucht wird in Titel und Adresse.

# Teilnehmende

participants-search = Name oder Mailadresse
participants-state = Stand
participants-state-all = alle ({ $count })
participants-state-count = { $state } ({ $count })
participants-filter = Zeigen
participants-show-all = Alle zeigen
participants-column-name = Name
participants-column-state = Stand
participants-column-applied = Beworben
participants-column-decided = Entschieden
participants-decided-by = { $at }, { $name }
participants-decided-by-rule = { $at }, nach der Regel
participants-on-roster = auf der Liste
participants-place = Platz { $place }
participants-tick-all = alle auf dieser Seite ankreuzen
participants-tick-none = niemanden ankreuzen
participants-chosen = Die Angekreuzten:
participants-admit = Zulassen
participants-reject = Ablehnen
participants-remove = Entfernen
participants-admit-question = { $count } Personen zu „{ $title }“ zulassen?
participants-admit-means = Wenn keine Plätze mehr frei sind, kommen sie auf die Warteliste.
participants-reject-question =
    { $count ->
        [one] Eine Bewerbung für „{ $title }“ ablehnen?
       *[other] { $count } Bewerbungen für „{ $title }“ ablehnen?
    }
participants-reject-means = Die Betroffenen erhalten eine Mail mit Ihren Worten und können sich nicht erneut bewerben. Sie können sie später doch noch zulassen.
participants-remove-question =
    { $count ->
        [one] Eine Person aus „{ $title }“ entfernen?
       *[other] { $count } Personen aus „{ $title }“ entfernen?
    }
participants-remove-means = Sie verlieren sofort den Zugang: zum Kurs, zum Hub und zu laufenden Servern. Sie erhalten eine Mail mit Ihren Worten.
participants-reason = Grund
participants-reason-help = Alle Genannten lesen ihn.
participants-none = Noch niemand
participants-none-text = Hier stehen alle, die sich bewerben. Geben Sie den Link zum Kurs weiter.
participants-none-do = Zum Link
participants-none-found = Niemand gefunden
participants-none-found-text = Niemand passt dazu. Gesucht wird in Name und Mailadresse.

# Teilnahmeliste

roster-not-the-rule = Die Liste wird gerade nicht gebraucht, um zuzulassen: Für diesen Kurs gilt eine andere Regel. Sie zeigt aber, wer darauf steht.
roster-upload = Liste hochladen
roster-upload-text = Laden Sie die ganze Liste hoch, so oft Sie möchten. Sie sehen zuerst, was sich ändert; vorher geschieht nichts.
roster-file = CSV-Datei
roster-file-help = Eine Zeile je Person mit Mailadresse und Name. Kopfzeile, Komma, Semikolon oder Tabulator: alles wird erkannt.
roster-paste = Oder hier einfügen
roster-paste-help = Zum Beispiel „ada@uni.example, Ada Lovelace“.
roster-look = Vergleichen
roster-now = Die Liste
roster-now-count =
    { $count ->
        [0] Die Liste
        [one] Die Liste: eine Person
       *[other] Die Liste: { $count } Personen
    }
roster-empty = Noch keine Liste
roster-empty-text = Wer auf der Liste steht und sich mit der bestätigten Adresse bewirbt, ist sofort zugelassen, wenn das die Regel des Kurses ist.
roster-column-email = Mailadresse
roster-column-name = Name
roster-column-state = Stand
roster-unknown = noch nicht beworben
roster-preview = Was sich ändert
roster-preview-lead = { $new } neu, { $known } schon bekannt, { $gone } nicht mehr dabei, { $bad } Zeilen nicht lesbar. Noch ist nichts geändert.
roster-new = Neu ({ $count })
roster-gone = Nicht mehr dabei ({ $count })
roster-known = Schon bekannt ({ $count })
roster-bad =
    { $count ->
        [one] Eine Zeile ist nicht lesbar
       *[other] { $count } Zeilen sind nicht lesbar
    }
roster-bad-text = Diese Zeilen werden ausgelassen. Sie können die Datei verbessern und noch einmal hochladen.
roster-bad-caption = Nicht lesbare Zeilen
roster-column-line = Zeile
roster-column-text = Inhalt
roster-column-wrong = Was nicht stimmt
roster-gone-admitted =
    { $count ->
        [one] Eine Person, die nicht mehr auf der Liste steht, ist zugelassen
       *[other] { $count } Personen, die nicht mehr auf der Liste stehen, sind zugelassen
    }
roster-gone-keep = Zugelassen lassen
roster-gone-remove = Aus dem Kurs entfernen
roster-gone-remove-help = Sie verlieren sofort den Zugang und erhalten eine Mail.
roster-confirm = Liste übernehmen
roster-again = Zurück, nichts ändern

# Team

staff-column-name = Name
staff-column-role = Aufgabe
staff-column-email = Mailadresse
staff-column-since = Seit
staff-column-do = Ändern
staff-name = Jemanden benennen
staff-name-text = Die Person muss sich hier schon einmal angemeldet haben. Sie erhält eine Mail.
staff-name-do = Benennen
staff-email = Mailadresse
staff-email-help = Die Adresse, mit der die Person sich anmeldet.
staff-role = Aufgabe
staff-assistant-help = Sieht Teilnehmende, lässt zu und lehnt ab, startet und stoppt deren Server.
staff-co-leader-help = Darf alles, was die Leitung darf, außer die Leitung zu entfernen.
staff-remove = Entfernen
staff-remove-question = { $name } aus dem Team von „{ $title }“ entfernen?
staff-remove-means = Die Person verliert sofort ihre Rechte in diesem Kurs und am Hub.
course-resign-text = Sie können Ihre Aufgabe in diesem Kurs jederzeit abgeben.
staff-resign = Aufgabe abgeben
staff-resign-question = Das Team von „{ $title }“ verlassen?
staff-resign-means = Sie verlieren sofort Ihre Rechte in diesem Kurs und am Hub.
staff-hand-over = Kurs übergeben
staff-hand-over-text = Eine andere Person wird Leitung; Sie bleiben als Co-Leitung dabei.
staff-hand-over-text-administrator = Eine andere Person wird Leitung. Jetzt leitet { $leaders }; bisherige Leitungen verlieren den Kurs und seinen Hub.
staff-hand-over-email = Mailadresse der neuen Leitung
staff-hand-over-help = Die Person muss Kurse leiten dürfen.
staff-hand-over-do = Kurs übergeben

# Verlauf

history-column-when = Wann
history-column-what = Was
history-column-who = Wer
history-portal = das Portal
history-somebody = Jemand
history-course-requested = Kurs beantragt
history-course-revised = Antrag geändert: { $fields }
history-course-revised-nothing = Antrag unverändert erneut eingereicht
history-course-accepted = Antrag angenommen
history-course-accepted-policy = Antrag nach der Regel für kleine Kurse angenommen
history-course-rejected = Antrag abgelehnt
history-course-sent-back = Rückfrage gestellt
history-course-cancelled = Kurs zurückgezogen
history-course-expired = Kurs geschlossen, weil sein Ende ohne Bereitstellung verging
history-course-handed-over = Kurs an { $name } übergeben
history-course-stop-requested = Vorzeitiges Ende verlangt
history-course-homes-removal-requested = Löschung der aufbewahrten Dateien verlangt
history-course-homes-removed = Aufbewahrte Dateien gelöscht
history-change-asked = Änderung beantragt: { $fields }
history-change-accepted = Änderung angenommen
history-change-rejected = Änderung abgelehnt
history-change-applied = Änderung in Kraft: { $fields }
history-change-withdrawn = Änderung zurückgenommen
history-change-void = Offene Änderung hinfällig, weil der Kurs endete
history-invite-renewed = Einladungslink erneuert
history-participation-applied = { $name } hat sich beworben
history-participation-admitted = { $name } zugelassen
history-participation-promoted = { $name } von der Warteliste nachgerückt
history-participation-waiting = { $name } auf die Warteliste gesetzt
history-participation-rejected = { $name } abgelehnt
history-participation-removed = { $name } entfernt
history-participation-left = { $name } ausgetreten
history-roster-imported = Teilnahmeliste mit { $entries } Zeilen übernommen
history-staff-named = { $name } benannt: { $role }
history-staff-removed = { $name } aus dem Team entfernt
history-deployment-opened = { $action } veranlasst
history-deployment-attempt = Versuch { $attempt } begonnen
history-deployment-attempt-failed = Versuch { $attempt } fehlgeschlagen
history-deployment-succeeded = { $action } gelungen
history-deployment-failed = { $action } fehlgeschlagen
history-deployment-cancelling = Abbruch der laufenden Arbeit verlangt
history-deployment-cancelled = { $action } abgebrochen
history-deployment-retried = Neuer Versuch verlangt
history-deployment-redeployed = Erneute Bereitstellung verlangt
history-hub-down = Hub antwortet nicht mehr
history-hub-up = Hub antwortet wieder

# Einladungslinks

join-kicker = Einladung
join-lead = Der Kurs beginnt { $starts }. Sie können sich schon jetzt bewerben.
join-lead-open = Der Kurs läuft und endet { $ends }. Sie können sich noch bewerben.
join-lead-full = Alle Plätze sind zurzeit vergeben. Bewerben Sie sich, kommen Sie auf die Warteliste und rücken von selbst nach.
join-lead-left = Sie haben diesen Kurs verlassen. Sie können sich erneut bewerben.
join-lead-closed = Für diesen Kurs kann man sich nicht mehr bewerben.
join-lead-staff = Sie gehören zum Team dieses Kurses und müssen sich nicht bewerben. So sehen andere diese Seite.
join-lead-waiting = Sie haben sich beworben und stehen auf der Warteliste.
join-lead-admitted = Sie sind schon dabei. Ihr Hub öffnet { $starts }.
join-lead-admitted-now = Sie sind schon dabei.
join-sign-in = Anmelden und bewerben
join-apply = Jetzt bewerben
join-to-course = Zum Kurs
join-rule-by-hand = Die Kursleitung sieht Ihren Namen und Ihre Mailadresse und entscheidet. Das Ergebnis kommt per Mail.
join-rule-domains = Mit einer bestätigten Adresse von { $domains } sind Sie sofort zugelassen. Sonst entscheidet die Kursleitung.
join-rule-roster = Wenn Sie auf der Liste des Kurses stehen, sind Sie sofort zugelassen. Sonst entscheidet die Kursleitung.
join-rule-link = Mit diesem Link sind Sie sofort zugelassen. Die Kursleitung sieht Ihren Namen und Ihre Mailadresse.
join-rule-full = Die Kursleitung sieht Ihren Namen und Ihre Mailadresse.
join-gone = Dieser Link führt nirgends hin
join-gone-text = Er ist unvollständig, wurde erneuert oder gehört zu einem Kurs, den es noch nicht oder nicht mehr gibt.
join-gone-do-heading = Was Sie tun können
join-gone-do = Vergleichen Sie die Adresse mit dem Link, den Sie erhalten haben, oder bitten Sie die Kursleitung um den neuen.

# Meldungen nach einem Schritt

problem-course-leaders-only = Kurse beantragen können nur Menschen mit der Rolle Kursleitung. In Ihrem Konto können Sie um diese Rolle bitten.
flash-course-requested = Ihr Antrag ist eingegangen. Das Ergebnis kommt per Mail.
flash-course-accepted-at-once = Ihr Kurs ist sofort angenommen. Sie können jetzt einladen.
flash-course-draft-saved = Der Entwurf ist gespeichert. Eingereicht ist noch nichts.
flash-course-draft-deleted = Der Entwurf ist gelöscht.
flash-course-cancelled = Der Kurs ist zurückgezogen.
flash-course-ended = Der Kurs wird beendet. Der Hub wird jetzt angehalten und entfernt.
flash-course-invite-renewed = Der Link ist erneuert. Der alte führt nirgends mehr hin.
flash-course-left = Sie sind nicht mehr in dem Kurs.
flash-course-change-nothing = Das galt schon so; es hat sich nichts geändert.
flash-course-change-applied = Die Änderung gilt jetzt.
flash-course-change-deploying = Die Änderung ist angenommen und wird jetzt am Hub umgesetzt.
flash-course-change-pending = Die Änderung ist eingereicht. Bis zur Entscheidung gilt der Kurs wie bisher.
flash-course-change-withdrawn = Die Änderung ist zurückgenommen.
flash-joined-applied = Ihre Bewerbung ist eingegangen.
flash-joined-waiting = Sie stehen auf der Warteliste.
flash-joined-admitted = Sie sind zugelassen.
flash-joined-refused = Über Ihre Bewerbung wurde schon entschieden.
flash-participants-nobody = Es war niemand angekreuzt.
flash-participants-admitted =
    { $count ->
        [one] Eine Person ist zugelassen.
       *[other] { $count } Personen sind zugelassen.
    }
flash-participants-admitted-waiting = { $count } zugelassen, { $waiting } auf der Warteliste, weil kein Platz mehr frei ist.
flash-participants-rejected =
    { $count ->
        [one] Eine Bewerbung ist abgelehnt.
       *[other] { $count } Bewerbungen sind abgelehnt.
    }
flash-participants-removed =
    { $count ->
        [one] Eine Person ist entfernt. Ihr Zugang zum Hub endet in diesen Sekunden.
       *[other] { $count } Personen sind entfernt. Ihr Zugang zum Hub endet in diesen Sekunden.
    }
flash-participants-skipped = { $count } erledigt, { $skipped } nicht: { $why }
flash-roster-imported = Die Liste mit { $entries } Zeilen ist übernommen. Neu zugelassen: { $admitted }, entfernt: { $removed }.
flash-staff-named = { $email } gehört jetzt zum Team und erhält eine Mail.
flash-staff-removed = Die Person gehört nicht mehr zum Team.
flash-staff-resigned = Sie gehören nicht mehr zum Team.
flash-staff-handed-over = { $email } leitet jetzt den Kurs; Sie sind Co-Leitung.

still-in = Noch nicht aus dem Hub entfernt
still-in-text = Diese Personen haben ihren Zugang verloren. Das Portal lässt sie nicht mehr ein; ihre Server und Anmeldungen im Hub enden, sobald der Hub antwortet. Das wird versucht, bis es geschehen ist.
still-in-who = Name
still-in-since = Seit
still-in-tries = Versuche
still-in-error = Letzter Fehler
