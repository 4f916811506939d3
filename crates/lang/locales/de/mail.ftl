# Mails; zusammengesetzt in crates/mail/src/content.rs.

mail-greeting = Guten Tag { $name },
mail-greeting-nameless = Guten Tag,

# Angaben
mail-fact-time = Zeitraum
mail-fact-hub = Adresse
mail-fact-invite = Einladungslink
mail-fact-sign-in = Anmeldung
mail-fact-server-start = Start des Servers
mail-fact-cell = Rechnung im Notebook
mail-fact-checked = Geprüft am
mail-fact-code = Code für Rückfragen
mail-fact-action = Vorgang
mail-fact-leader = Leitung
mail-fact-attempts = Versuche
mail-fact-next-attempt = Nächster Versuch
mail-fact-waiting = Wartende Mails
mail-fact-oldest = Älteste
mail-fact-position = Platz auf der Warteliste
mail-fact-new-address = Neue Adresse
mail-fact-changed = Geändert
mail-fact-person = Person
mail-fact-mail-address = E-Mail-Adresse

mail-timeline = Stand des Kurses
mail-timeline-now = jetzt
mail-timeline-expired = abgelaufen
mail-timeline-deployed = bereitgestellt
mail-zone = Alle Zeiten in der Zeitzone { $zone }.

mail-reason-by = { $actor } schreibt dazu:
mail-reason = Begründung:
mail-cause = Ursache:
mail-detail = Technische Einzelheiten:
mail-last-error = Letzte Antwort des Mailservers:
mail-changes = Die Änderung im Einzelnen:
mail-change = { $before } → { $after }
mail-change-unshown = neu gefasst
mail-more =
    { $count ->
        [one] … und eine weitere Person
       *[other] … und { $count } weitere Personen
    }
mail-more-pending =
    { $count ->
        [one] … und ein weiterer Vorgang
       *[other] … und { $count } weitere Vorgänge
    }

# Knöpfe
mail-action-course = Kurs ansehen
mail-action-revise = Antrag überarbeiten
mail-action-answer = Antrag ergänzen
mail-action-hub = Hub öffnen
mail-action-decide-applications = Bewerbungen entscheiden
mail-action-decide-requests = Anträge entscheiden
mail-action-deployment = Protokoll ansehen
mail-action-queue = Mail-Warteschlange ansehen
mail-action-extend = Verlängerung beantragen
mail-action-download = Eigene Dateien herunterladen
mail-action-confirm = Adresse bestätigen
mail-action-password = Neues Passwort wählen
mail-action-account = Konto prüfen
mail-action-start = Jetzt beginnen
mail-action-person = Anfrage ansehen
mail-action-visit = Antworten

# An die Leitung

mail-request-received-subject = Ihr Antrag für „{ $title }“ ist eingegangen
mail-request-received-text = Ihr Antrag für den Kurs „{ $title }“ ist eingegangen. Die Genehmigungsstelle entscheidet darüber; das Ergebnis erfahren Sie per Mail. Bis dahin können Sie den Antrag noch ändern oder zurückziehen.

mail-request-accepted-subject = „{ $title }“ ist angenommen
mail-request-accepted-by = { $actor } hat Ihren Antrag für den Kurs „{ $title }“ angenommen.
mail-request-accepted-automatic = Ihr Antrag für den Kurs „{ $title }“ ist angenommen. Er hält die Grenzen ein, innerhalb derer keine Einzelentscheidung nötig ist.
mail-request-accepted-next = Sie müssen jetzt nichts weiter tun: Der Hub wird rechtzeitig vor dem Beginn bereitgestellt und geprüft. Bewerben kann man sich ab sofort.
mail-request-accepted-invite = Geben Sie den Teilnehmenden diesen Link weiter. Wer ihm folgt, kann sich bewerben.

mail-request-rejected-subject = „{ $title }“ ist abgelehnt
mail-request-rejected-by = { $actor } hat Ihren Antrag für den Kurs „{ $title }“ abgelehnt.
mail-request-rejected = Ihr Antrag für den Kurs „{ $title }“ wurde abgelehnt.
mail-request-rejected-next = Ihre Angaben sind gespeichert. Sie können den Antrag überarbeiten und noch einmal stellen.

mail-request-sent-back-subject = Rückfrage zu Ihrem Antrag „{ $title }“
mail-request-sent-back-by = { $actor } hat eine Rückfrage zu Ihrem Antrag für den Kurs „{ $title }“. Entschieden ist noch nichts.
mail-request-sent-back = Zu Ihrem Antrag für den Kurs „{ $title }“ gibt es eine Rückfrage. Entschieden ist noch nichts.
mail-request-sent-back-next = Bitte ergänzen Sie den Antrag und senden Sie ihn erneut ab. Vorher wird nicht entschieden.

mail-hub-deployed-subject = Der Hub für „{ $title }“ ist bereit
mail-hub-deployed-text = Der Hub für den Kurs „{ $title }“ ist bereitgestellt und geprüft: Eine Testperson hat sich angemeldet, ihren Server gestartet und in einem Notebook richtig gerechnet.
mail-hub-deployed-next = Sie und Ihre Assistenz können sofort hinein, die Teilnehmenden ab dem Beginn: { $start }.
mail-hub-deployed-next-open = Der Hub ist offen, auch für die Teilnehmenden.

mail-deployment-failed-subject = Störung: Der Hub für „{ $title }“ ist nicht bereit
mail-deployment-failed-text = Der Hub für den Kurs „{ $title }“ konnte nicht bereitgestellt werden. Zurzeit kann niemand hinein.
mail-deployment-failed-transient = Mehrere Versuche sind gescheitert. Die Administration ist benachrichtigt und kümmert sich darum; Sie müssen nichts tun und bekommen eine Mail, sobald der Hub bereit ist.
mail-deployment-failed-permanent = Die Administration ist benachrichtigt. Liegt die Ursache in den Angaben zum Kurs, können Sie diese auf der Kursseite ändern; dann kann die Bereitstellung wiederholt werden.
mail-update-failed-subject = Die Änderung an „{ $title }“ konnte nicht umgesetzt werden
mail-update-failed-text = Die Änderung am Hub des Kurses „{ $title }“ konnte nicht umgesetzt werden. Der Hub läuft mit den bisherigen Einstellungen weiter; Ihr Unterricht ist nicht betroffen.
mail-update-failed-next = Die Administration ist benachrichtigt. Auf der Kursseite sehen Sie, welche Einstellungen gelten, und können die Änderung anpassen.
mail-degrade-failed-subject = Der Hub von „{ $title }“ konnte nicht entfernt werden
mail-degrade-failed-text = Der Hub des Kurses „{ $title }“ konnte nach dem Ende nicht vollständig entfernt werden. Für die Teilnehmenden ist er geschlossen.
mail-degrade-failed-next = Die Administration ist benachrichtigt und kümmert sich darum. Sie müssen nichts tun.

mail-hub-degraded-subject = „{ $title }“ ist beendet
mail-hub-degraded-text = Der Kurs „{ $title }“ ist beendet.
mail-hub-degraded-by = { $actor } hat den Kurs „{ $title }“ beendet.
mail-hub-degraded-gone = Der Hub und alle Dateien darauf sind entfernt.
mail-hub-degraded-kept = Der Hub ist entfernt. Die Dateien darauf werden noch bis { $until } aufbewahrt und dann gelöscht. Nur die Administration kommt noch an die Dateien heran: Wer etwas davon braucht, fragt dort bis dahin nach.
mail-hub-degraded-next = Die Angaben zum Kurs bleiben erhalten. Für das nächste Semester können Sie ihn auf der Kursseite mit neuem Zeitraum kopieren.

mail-applications-digest-subject =
    { $count ->
        [one] Eine neue Bewerbung für „{ $title }“
       *[other] { $count } neue Bewerbungen für „{ $title }“
    }
mail-applications-digest-text =
    { $count ->
        [one] Für den Kurs „{ $title }“ hat sich eine Person beworben:
       *[other] Für den Kurs „{ $title }“ haben sich { $count } Personen beworben:
    }
mail-applications-digest-undecided =
    { $count ->
        [one] Insgesamt wartet eine Bewerbung auf Ihre Entscheidung.
       *[other] Insgesamt warten { $count } Bewerbungen auf Ihre Entscheidung.
    }
mail-applications-digest-none = Zu entscheiden ist nichts: Die Bewerbungen wurden nach der Regel des Kurses beantwortet.

mail-end-reminder-leader-subject =
    { $days ->
        [0] „{ $title }“ endet heute
        [one] „{ $title }“ endet morgen
       *[other] „{ $title }“ endet in { $days } Tagen
    }
mail-end-reminder-leader-text = Der Kurs „{ $title }“ endet am { $end }. Danach ist der Hub für die Teilnehmenden geschlossen.
mail-end-reminder-leader-save = Sichern Sie rechtzeitig, was Sie behalten möchten: Ihre eigenen Notebooks, den gemeinsamen Ordner und abgegebene Arbeiten. Die Teilnehmenden werden ebenfalls erinnert.
mail-end-reminder-leader-removed = Sie selbst kommen noch bis { $removed } in den Hub. Dann wird er entfernt, und die Dateien darauf sind nicht mehr zu erreichen.
mail-end-reminder-leader-next = Brauchen Sie mehr Zeit, beantragen Sie jetzt eine Verlängerung.

mail-change-accepted-subject = Die Änderung an „{ $title }“ ist angenommen
mail-change-accepted-by = { $actor } hat Ihre Änderung am Kurs „{ $title }“ angenommen.
mail-change-accepted = Ihre Änderung am Kurs „{ $title }“ ist angenommen.
mail-change-accepted-running = Der laufende Hub wird jetzt angepasst; alle Dateien bleiben erhalten. Rechenleistung, Arbeitsspeicher und Umgebung gelten für jede Person ab dem nächsten Start ihres Servers.
mail-change-accepted-noted = Sie gilt ab jetzt. Der Hub läuft unverändert weiter.
mail-change-accepted-waiting = Der Hub wird mit den neuen Angaben bereitgestellt.
mail-change-rejected-subject = Die Änderung an „{ $title }“ ist abgelehnt
mail-change-rejected-by = { $actor } hat Ihre Änderung am Kurs „{ $title }“ abgelehnt.
mail-change-rejected = Ihre Änderung am Kurs „{ $title }“ wurde abgelehnt.
mail-change-rejected-next = Der Kurs gilt unverändert weiter, so wie er angenommen wurde.

mail-course-cancelled-subject = „{ $title }“ ist zurückgezogen
mail-course-cancelled-by = { $actor } hat den Kurs „{ $title }“ zurückgezogen. Ein Hub wird nicht bereitgestellt.
mail-course-cancelled = Der Kurs „{ $title }“ wurde zurückgezogen. Ein Hub wird nicht bereitgestellt.
mail-course-expired-subject = „{ $title }“ ist abgelaufen
mail-course-expired-requested = Über den Antrag für den Kurs „{ $title }“ war bis zu seinem Ende nicht entschieden. Er wurde deshalb automatisch geschlossen.
mail-course-expired-accepted = Der Kurs „{ $title }“ war angenommen, aber bis zu seinem Ende wurde kein Hub bereitgestellt. Er wurde deshalb automatisch geschlossen.
mail-course-cancelled-next = Brauchen Sie den Kurs noch, können Sie ihn auf der Kursseite mit neuem Zeitraum kopieren und neu beantragen.

mail-hub-down-subject = Der Hub für „{ $title }“ antwortet nicht
mail-hub-down-text = Der Hub für den Kurs „{ $title }“ antwortet seit { $since } nicht. Neue Anmeldungen sind zurzeit nicht möglich, laufende Sitzungen können unterbrochen sein. Gespeicherte Dateien sind davon nicht betroffen.
mail-hub-down-next = Die Administration sieht die Störung ebenfalls. Sie müssen nichts tun; den aktuellen Stand zeigt die Kursseite.

# An Teilnehmende

mail-application-received-subject = Ihre Bewerbung für „{ $title }“ ist eingegangen
mail-application-received-text = Ihre Bewerbung für den Kurs „{ $title }“ ist eingegangen. Die Kursleitung entscheidet darüber; das Ergebnis erfahren Sie per Mail.

mail-admitted-subject = Sie sind zu „{ $title }“ zugelassen
mail-admitted-by = { $actor } hat Sie zum Kurs „{ $title }“ zugelassen.
mail-admitted = Sie sind zum Kurs „{ $title }“ zugelassen.
mail-admitted-next = Der Hub öffnet am { $start }. Sie brauchen nichts zu installieren; ein Browser genügt.
mail-admitted-next-open = Der Hub ist schon offen. Sie brauchen nichts zu installieren; ein Browser genügt.

mail-rejected-subject = Ihre Bewerbung für „{ $title }“
mail-rejected-by = { $actor } hat Ihre Bewerbung für den Kurs „{ $title }“ nicht angenommen.
mail-rejected = Ihre Bewerbung für den Kurs „{ $title }“ wurde nicht angenommen.
mail-rejected-next = Wenn Sie das für ein Versehen halten, wenden Sie sich bitte an die Kursleitung.

mail-waiting-list-subject = Warteliste für „{ $title }“
mail-waiting-list-text = Im Kurs „{ $title }“ sind zurzeit alle Plätze vergeben. Sie stehen auf der Warteliste.
mail-waiting-list-next = Wird ein Platz frei, rücken Sie von selbst nach und bekommen eine Mail. Sie müssen nichts tun.

mail-promoted-subject = Ein Platz in „{ $title }“ ist frei geworden
mail-promoted-text = Im Kurs „{ $title }“ ist ein Platz frei geworden: Sie sind von der Warteliste nachgerückt und jetzt zugelassen.

mail-removed-subject = Ihre Teilnahme an „{ $title }“ ist beendet
mail-removed-by = { $actor } hat Ihre Teilnahme am Kurs „{ $title }“ beendet. Sie haben keinen Zugang zum Hub mehr.
mail-removed = Ihre Teilnahme am Kurs „{ $title }“ ist beendet. Sie haben keinen Zugang zum Hub mehr.
mail-removed-next = Wenn Sie das für ein Versehen halten oder Dateien vom Hub benötigen, wenden Sie sich bitte an die Kursleitung.

mail-hub-open-subject = „{ $title }“ beginnt: Der Hub ist offen
mail-hub-open-text = Der Kurs „{ $title }“ hat begonnen und der Hub ist offen. Melden Sie sich mit dem Konto an, mit dem Sie sich beworben haben.

mail-end-reminder-participant-subject =
    { $days ->
        [0] „{ $title }“ endet heute: Sichern Sie Ihre Dateien
        [one] „{ $title }“ endet morgen: Sichern Sie Ihre Dateien
       *[other] „{ $title }“ endet in { $days } Tagen: Sichern Sie Ihre Dateien
    }
mail-end-reminder-participant-text = Der Kurs „{ $title }“ endet am { $end }. Danach ist der Hub geschlossen.
mail-end-reminder-participant-save = Laden Sie bis dahin herunter, was Sie behalten möchten, zum Beispiel Ihre Notebooks und Daten.
mail-end-reminder-participant-removed = Danach können Sie Ihre Dateien noch bis { $removed } auf der Kursseite als Archiv herunterladen. Dann sind sie nicht mehr zu erreichen und werden gelöscht.
mail-end-reminder-participant-gone = Mit dem Ende sind Ihre Dateien nicht mehr zu erreichen und werden gelöscht.

mail-course-over-subject = „{ $title }“ ist zu Ende
mail-course-over-text = Der Kurs „{ $title }“ ist zu Ende und der Hub ist geschlossen.
mail-course-over-download = Ihre Dateien können Sie noch bis { $until } als Archiv herunterladen. Danach werden sie endgültig gelöscht.
mail-course-over-gone = Die Dateien auf dem Hub sind nicht mehr zu erreichen und werden gelöscht.
mail-course-off-subject = „{ $title }“ findet nicht statt
mail-course-off-text = Der Kurs „{ $title }“, für den Sie sich beworben haben, findet auf dieser Plattform nicht statt. Sie müssen nichts tun.

# An die Genehmigungsstelle

mail-governance-digest-subject =
    { $count ->
        [one] Ein Vorgang wartet auf Ihre Entscheidung
       *[other] { $count } Vorgänge warten auf Ihre Entscheidung
    }
mail-governance-digest-text =
    { $count ->
        [one] Dieser Vorgang ist neu und wartet auf eine Entscheidung:
       *[other] Diese Vorgänge sind neu und warten auf eine Entscheidung:
    }
mail-pending-request = Antrag: { $title }
mail-pending-change = Änderung: { $title }
mail-pending-extension = Verlängerung: { $title }
mail-pending-detail =
    { $seats ->
        [one] { $leader } · { $from } bis { $to } · ein Platz
       *[other] { $leader } · { $from } bis { $to } · { $seats } Plätze
    }

# An die Administration

mail-failed-deployment-admin-subject = Bereitstellung gescheitert: { $title }
mail-failed-update-admin-subject = Änderung gescheitert: { $title }
mail-failed-degrade-admin-subject = Abbau gescheitert: { $title }
mail-failed-deployment-admin-text = Für den Kurs „{ $title }“ ({ $slug }) ist ein Vorgang gescheitert und braucht einen Eingriff.
mail-failed-deployment-admin-transient = Der Fehler gilt als vorübergehend, aber alle Versuche sind aufgebraucht. Prüfen Sie den Cluster und wiederholen Sie den Vorgang auf der Seite der Bereitstellung.
mail-failed-deployment-admin-permanent = Der Fehler gilt als dauerhaft: Wiederholen hilft erst, wenn die Ursache behoben ist. Die Leitung ist benachrichtigt.
mail-failed-update-admin-text = Für den Kurs „{ $title }“ ({ $slug }) ist eine Änderung gescheitert. Der Hub läuft mit den bisherigen Einstellungen weiter.

mail-failed-cleanup-subject = Nicht vollständig entfernt: { $title }
mail-failed-cleanup-text = Der Hub des Kurses „{ $title }“ ({ $slug }) oder was davon aufbewahrt war, konnte nicht vollständig entfernt werden. Bis das gelingt, belegt er Ressourcen.
mail-failed-cleanup-retry = Der Abbau wird von selbst wiederholt. Ein Eingriff ist erst nötig, wenn auch das scheitert.
mail-failed-cleanup-manual = Es wird nichts mehr von selbst versucht. Beheben Sie die Ursache und wiederholen Sie den Abbau auf der Seite der Bereitstellung.

mail-mail-queue-stuck-subject = Mails bleiben liegen
mail-mail-queue-stuck-text =
    { $count ->
        [one] Eine Mail kann zurzeit nicht zugestellt werden. Betroffen sind auch Entscheidungen und Erinnerungen.
       *[other] { $count } Mails können zurzeit nicht zugestellt werden. Betroffen sind auch Entscheidungen und Erinnerungen.
    }
mail-mail-queue-stuck-next = Die Zustellung wird von selbst wiederholt, sobald der Mailserver wieder annimmt. Prüfen Sie ihn mit „jhaas doctor“.

mail-leader-asked-subject = { $name } möchte Kurse leiten
mail-leader-asked-text = { $name } bittet um das Recht, Kurse zu beantragen.
mail-leader-asked-next = Bitte prüfen Sie die Anfrage und erteilen Sie die Rolle „Kursleitung“ oder lehnen Sie ab.

# Zum Konto

mail-confirm-address-subject = Bitte bestätigen Sie Ihre E-Mail-Adresse
mail-confirm-address-text = Für ein Konto bei „{ $institution }“ wurde diese E-Mail-Adresse angegeben. Bitte bestätigen Sie, dass sie Ihnen gehört.
mail-confirm-address-valid = Der Link gilt bis { $until } und nur einmal.
mail-confirm-address-otherwise = Haben Sie das nicht veranlasst, brauchen Sie nichts zu tun: Ohne Bestätigung wird die Adresse nicht verwendet.

mail-account-exists-subject = Sie haben schon ein Konto
mail-account-exists-text = Jemand hat diese E-Mail-Adresse für ein neues Konto bei „{ $institution }“ angegeben. Sie gehört bereits zu Ihrem Konto; deshalb wurde kein weiteres angelegt.
mail-account-exists-next = Bitte melden Sie sich wie gewohnt an. Haben Sie Ihr Passwort vergessen, können Sie ein neues wählen.
mail-account-exists-otherwise = Haben Sie das nicht veranlasst, brauchen Sie nichts zu tun: Niemand ist in Ihr Konto gelangt.

mail-reset-password-subject = Neues Passwort wählen
mail-reset-password-text = Für Ihr Konto bei „{ $institution }“ wurde ein neues Passwort angefordert. Über diesen Link können Sie es wählen.
mail-reset-password-otherwise = Haben Sie das nicht veranlasst, brauchen Sie nichts zu tun: Ihr bisheriges Passwort gilt weiter.

mail-address-changed-notice-subject = Ihre E-Mail-Adresse wurde geändert
mail-address-changed-notice-text = Die E-Mail-Adresse Ihres Kontos bei „{ $institution }“ wurde geändert. An diese Adresse schreiben wir Ihnen künftig nicht mehr.
mail-address-changed-notice-otherwise = Haben Sie das nicht selbst getan, prüfen Sie bitte sofort Ihr Konto und melden Sie sich bei der Administration.
mail-sign-in-added-subject = Ihrem Konto wurde eine Anmeldemöglichkeit hinzugefügt
mail-sign-in-added-text = Bei Ihrem Konto bei „{ $institution }“ können Sie sich jetzt auch mit „{ $provider }“ anmelden.
mail-sign-in-removed-subject = Eine Anmeldemöglichkeit wurde von Ihrem Konto entfernt
mail-sign-in-removed-text = Bei Ihrem Konto bei „{ $institution }“ ist die Anmeldung mit „{ $provider }“ nicht mehr möglich. Sitzungen, die dort begannen, sind beendet.
mail-sign-in-changed-otherwise = Haben Sie das nicht selbst getan, prüfen Sie bitte sofort Ihr Konto und melden Sie sich bei der Administration.

mail-role-granted-subject = Sie haben die Rolle „{ $role }“
mail-role-granted-by = { $actor } hat Ihnen die Rolle „{ $role }“ gegeben.
mail-role-granted = Sie haben die Rolle „{ $role }“ bekommen.
mail-role-granted-leader = Sie können jetzt Kurse beantragen.
mail-role-granted-governance = Sie können jetzt über Anträge und Änderungen entscheiden.
mail-role-granted-administrator = Sie verwalten jetzt diese Plattform: Personen, Bereitstellungen, Einstellungen und Mails.

mail-staff-named-subject-leader = Sie leiten jetzt „{ $title }“
mail-staff-named-subject-co-leader = Sie sind Co-Leitung von „{ $title }“
mail-staff-named-subject-assistant = Sie sind Assistenz in „{ $title }“
mail-staff-named-leader-by = { $actor } hat Ihnen die Leitung des Kurses „{ $title }“ übergeben.
mail-staff-named-leader = Sie haben die Leitung des Kurses „{ $title }“ übernommen.
mail-staff-named-co-leader-by = { $actor } hat Sie zur Co-Leitung des Kurses „{ $title }“ gemacht.
mail-staff-named-co-leader = Sie sind jetzt Co-Leitung des Kurses „{ $title }“.
mail-staff-named-assistant-by = { $actor } hat Sie zur Assistenz im Kurs „{ $title }“ gemacht.
mail-staff-named-assistant = Sie sind jetzt Assistenz im Kurs „{ $title }“.
mail-staff-named-leader-rights = Sie können den Kurs ändern, Personen einladen und zulassen, weitere Personen für Leitung und Assistenz benennen und ihn beenden.
mail-staff-named-co-leader-rights = Sie können alles, was auch die Leitung kann: den Kurs ändern, Personen einladen und zulassen, Assistenz benennen, den Kurs beenden. Nur die Leitung selbst können Sie nicht ablösen.
mail-staff-named-assistant-rights = Sie sehen die Teilnehmenden, entscheiden über Bewerbungen, können die Server der Teilnehmenden starten und beenden und mit deren Zustimmung hineinsehen.

mail-visit-asked-subject = { $actor } möchte in Ihren Server in „{ $title }“ sehen
mail-visit-asked-text = { $actor } aus dem Kurs „{ $title }“ bittet darum, in Ihren Server auf dem Hub zu sehen.
mail-visit-asked-means = Wenn Sie zustimmen, kann die Person Ihren Server { $minutes } Minuten lang öffnen, Ihre Dateien und Notebooks sehen und ändern. Auf der Kursseite können Sie das jederzeit beenden. Ohne Ihre Zustimmung kann es niemand.
mail-visit-asked-next = Bitte erlauben Sie es oder lehnen Sie ab; die Frage verfällt am { $until }.

# Fuß
mail-why-leader = Sie erhalten diese Mail, weil Sie den Kurs „{ $title }“ leiten.
mail-why-participant = Sie erhalten diese Mail, weil Sie am Kurs „{ $title }“ teilnehmen oder sich dafür beworben haben.
mail-why-governance = Sie erhalten diese Mail, weil Sie über Anträge entscheiden.
mail-why-administrator = Sie erhalten diese Mail, weil Sie diese Plattform verwalten.
mail-why-account = Sie erhalten diese Mail wegen Ihres Kontos bei „{ $institution }“.
mail-why-address = Sie erhalten diese Mail, weil diese Adresse bei „{ $institution }“ angegeben wurde.
mail-stop-optional = Mails dieser Art können Sie in Ihrem Konto abstellen:
mail-stop-never = Diese Mail ist notwendig und lässt sich nicht abstellen.

# Felder eines Kurses
mail-field-title = Titel
mail-field-slug = Adresse
mail-field-description = Beschreibung
mail-field-starts-at = Beginn
mail-field-ends-at = Ende
mail-field-seats = Plätze
mail-field-cpu = Rechenleistung je Person
mail-field-memory = Arbeitsspeicher je Person
mail-field-storage = Speicherplatz je Person
mail-field-environment = Umgebung
mail-field-start-page = Startseite
mail-field-material = Kursmaterial
mail-field-shared-folder = Gemeinsamer Ordner
mail-field-admission = Zulassung
mail-cpu = { $count } CPU
