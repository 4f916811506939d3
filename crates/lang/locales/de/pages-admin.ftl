# Verwaltung: Übersicht, Menschen, Bereitstellungen, Mails, Verlauf, Einstellungen, Bedingungen; das Postfach im Probebetrieb.

admin-tabs = Verwaltung
admin-tab-overview = Übersicht
admin-tab-people = Menschen
admin-tab-deployments = Bereitstellungen
admin-tab-mails = Mails
admin-tab-audit = Verlauf
admin-tab-settings = Einstellungen
admin-tab-terms = Nutzungsbedingungen
admin-any = alle
admin-reason = Grund
admin-column-what = Was
admin-column-state = Zustand
admin-column-when = Angelegt
admin-column-attempts = Versuche
admin-column-took = Dauer
admin-column-cause = Ursache
admin-column-part = Teil
admin-column-means = Was das heißt
admin-column-starts = Beginn des Kurses
admin-column-next = Neuer Versuch
admin-column-down-since = Keine Antwort seit
admin-column-name = Name
admin-column-address = Mailadresse
admin-column-roles = Rollen
admin-column-since = Hier seit

admin-lead-well = Alles läuft. Nichts wartet auf Sie.
admin-lead-trouble =
    { $count ->
        [one] Eine Sache braucht Sie.
       *[other] { $count } Dinge brauchen Sie.
    }
admin-parts = Teile des Portals
admin-part-well = in Ordnung
admin-part-trouble = braucht Sie
admin-part-paused = angehalten
admin-part-busy = bei der Arbeit
admin-part-unknown = noch unbekannt
admin-part-database = Datenbank
admin-part-objects = Ablage für Protokolle und Zustände
admin-part-dispatcher = Dispatcher
admin-part-deployments = Ausführende Programme
admin-part-mail = Mail
admin-part-revocation = Entzug von Zugang
admin-part-leftovers = Reste von Hubs
admin-database-well = antwortet, mit den Tabellen dieser Version
admin-database-old = die Tabellen sind älter als diese Version: „jhaas migrate“ ausführen
admin-objects-well = antwortet
admin-objects-down = antwortet nicht: Bereitstellungen können weder beginnen noch berichten
admin-dispatcher-well =
    { $open ->
        [0] pünktlich, nichts zu tun
        [one] pünktlich, eine Bereitstellung offen
       *[other] pünktlich, { $open } Bereitstellungen offen
    }
admin-dispatcher-overdue =
    { $count ->
        [one] Ein Kurs ist seit über fünf Minuten fällig: Läuft der Dispatcher?
       *[other] { $count } Kurse sind seit über fünf Minuten fällig: Läuft der Dispatcher?
    }
admin-dispatcher-maintenance = Wartung: Es werden keine neuen Bereitstellungen begonnen. Laufende Hubs laufen weiter.
admin-deployments-well =
    { $open ->
        [0] nichts in Arbeit
        [one] eine in Arbeit oder wartend
       *[other] { $open } in Arbeit oder wartend
    }
admin-deployments-stuck =
    { $count ->
        [one] Bei einer Bereitstellung ist seit einer Viertelstunde nichts geschehen.
       *[other] Bei { $count } Bereitstellungen ist seit einer Viertelstunde nichts geschehen.
    }
admin-mail-well =
    { $waiting ->
        [0] nichts wartet
        [one] eine Mail wartet
       *[other] { $waiting } Mails warten
    }
admin-mail-stuck = { $waiting } Mails warten, die älteste angelegt { $since }: Antwortet der Mailserver?
admin-mail-given-up =
    { $count ->
        [one] Eine Mail wurde aufgegeben: Sehen Sie sie an und senden Sie sie erneut, oder verwerfen Sie sie.
       *[other] { $count } Mails wurden aufgegeben: Sehen Sie sie an und senden Sie sie erneut, oder verwerfen Sie sie.
    }
admin-revocation-none = niemand muss aus einem Hub entfernt werden
admin-revocation-pending =
    { $count ->
        [one] Eine Person muss noch aus einem Hub entfernt werden. Es wird versucht, bis es gelingt.
       *[other] { $count } Personen müssen noch aus Hubs entfernt werden. Es wird versucht, bis es gelingt.
    }
admin-leftovers-unknown = noch nicht danach gesucht
admin-leftovers-unseen = Cluster werden nicht durchsucht, denn ihre cluster.kubeconfig ist nicht gesetzt
admin-leftovers-none = von Hubs ist nichts übrig, gesucht { $at }
admin-leftovers-some =
    { $count ->
        [one] Ein Hub oder ein Teil davon ist ohne Kurs da: jhaas sweep nennt und entfernt ihn.
       *[other] { $count } Hubs oder Teile davon sind ohne Kurs da: jhaas sweep nennt und entfernt sie.
    }
admin-failed = Gestörte Kurse
admin-by-hand = nur von Hand
admin-down = Hubs, die nicht antworten
admin-courses = Kurse nach Zustand

admin-hub-actions = Von Hand
admin-retry = Erneut versuchen
admin-redeploy = Neu bereitstellen
admin-redeploy-question = Den Hub von „{ $title }“ neu bereitstellen?
admin-redeploy-means = Der Hub wird so eingerichtet, wie es der Kurs verlangt, und wieder geprüft. Bis dahin kann niemand hinein; Gespeichertes bleibt.
admin-degrade-link = Hub entfernen …
admin-degrade-title = Den Hub von „{ $title }“ entfernen?
admin-degrade-lead = Der Kurs endet jetzt, gleich in welchem Zustand sein Hub ist. Das lässt sich nicht rückgängig machen.
admin-degrade-homes = Was im Hub gespeichert ist, geht verloren.
admin-degrade-reason-help = Die Kursleitung liest ihn.
admin-degrade = Hub entfernen
admin-degrade-homes-kept =
    { $count ->
        [one] Was im Hub gespeichert ist, wird noch einen Tag aufbewahrt und dann gelöscht.
       *[other] Was im Hub gespeichert ist, wird noch { $count } Tage aufbewahrt und dann gelöscht.
    }
admin-remove-homes-link = Aufbewahrte Dateien löschen …
admin-remove-homes-title = Die aufbewahrten Dateien von „{ $title }“ löschen?
admin-remove-homes-lead = Der Hub ist schon entfernt. Was darin gespeichert war, wird jetzt gelöscht, vor der Zeit. Das lässt sich nicht rückgängig machen.
admin-remove-homes-means = Niemand kann diese Dateien danach wiederherstellen.
admin-remove-homes-reason-help = Er steht im Protokoll.
admin-remove-homes = Dateien löschen
flash-admin-retried = Es wird noch einmal versucht.
flash-admin-redeployed = Der Hub wird neu bereitgestellt.
flash-admin-degrading = Der Hub wird entfernt.
flash-admin-removing-homes = Die aufbewahrten Dateien werden gelöscht.

admin-deployments-lead =
    { $count ->
        [one] Eine Bereitstellung, die neueste zuerst.
       *[other] { $count } Bereitstellungen, die neueste zuerst.
    }
admin-deployments-open = wartend oder in Arbeit
admin-deployments-stands = wartet auf Sie
admin-deployments-none = Keine Bereitstellungen
admin-deployments-none-text = Was wann bereitgestellt, geändert oder abgebaut wurde, steht dann hier.

admin-people-lead =
    { $count ->
        [one] Eine Person.
       *[other] { $count } Personen.
    }
admin-people-search = Name, Mailadresse oder Benutzername
admin-people-none = Niemand gefunden
admin-people-none-text = Bitte suchen Sie nach einem anderen Teil des Namens oder der Adresse.
admin-people-all = Alle zeigen
admin-person-active = aktiv
admin-person-locked = gesperrt
admin-person-erased = gelöscht
admin-person-unconfirmed = nicht bestätigt
admin-person-nameless = (ohne Namen)
admin-person-lead-active = Kann sich anmelden und das Portal nutzen.
admin-person-lead-locked = Gesperrt { $when }. Kann sich nicht anmelden und ist aus jedem Hub entfernt.
admin-person-lead-unconfirmed = Hat die Mailadresse noch nicht bestätigt und kann sich nicht anmelden.
admin-person-lead-erased = Hat das Konto gelöscht. Geblieben ist nur, was andere davon brauchen.
admin-person-account = Konto
admin-person-hub-user = Benutzername in Hubs
admin-person-lock-reason = Grund der Sperre
admin-person-audit = Was diese Person tat und was sie betraf
admin-person-access = Zugang
admin-roles-none = Keine Rolle: darf sich für Kurse bewerben und teilnehmen.
admin-role = Rolle
admin-role-granted = hier vergeben am { $date }
admin-role-from-provider = aus der Anmeldung der Einrichtung; nur dort lässt sie sich entziehen
admin-revoke = Entziehen
admin-revoke-question = { $name } die Rolle „{ $role }“ entziehen?
admin-revoke-means = Es wirkt ab dem nächsten Klick.
admin-grant-title = Eine Rolle vergeben
admin-grant = Vergeben
admin-grant-reason-help = Die Person bekommt eine Mail mit diesen Worten.
admin-sign-out = Überall abmelden
admin-sign-out-text = Beendet alle Sitzungen dieser Person, auf allen Geräten und in allen Hubs. Neu anmelden ist möglich.
admin-sign-out-question = { $name } überall abmelden?
admin-sign-out-means = Was auf einer offenen Seite nicht gespeichert ist, kann verloren gehen.
admin-lock = Sperren
admin-lock-text = Niemand meldet sich mit diesem Konto an, bis es entsperrt wird.
admin-lock-question = Das Konto von { $name } sperren?
admin-lock-means = Alle Sitzungen enden, die Person ist sofort aus jedem Hub entfernt, und laufende Server werden angehalten.
admin-lock-reason-help = Nur die Administration liest ihn.
admin-unlock = Entsperren
flash-admin-role-granted = Die Rolle ist vergeben. Die Person bekommt eine Mail.
flash-admin-role-revoked = Die Rolle ist entzogen.
flash-admin-locked = Das Konto ist gesperrt.
flash-admin-unlocked = Das Konto ist entsperrt.
flash-admin-signed-out = Die Person ist überall abgemeldet.

admin-mails-lead =
    { $given ->
        [0] { $waiting } warten, keine wurde aufgegeben.
        [one] { $waiting } warten, eine wurde aufgegeben.
       *[other] { $waiting } warten, { $given } wurden aufgegeben.
    }
admin-mails-search = Adresse oder Art
admin-mails-none = Keine Mails
admin-mails-none-text = Jede Mail des Portals steht hier, auch wenn sie verschickt ist.
admin-mail-retry = Jetzt senden
admin-mail-drop = Verwerfen
admin-mail-drop-question = Die Mail „{ $subject }“ verwerfen?
admin-mail-drop-means = Sie wird nicht verschickt. Wer sie bekommen sollte, erfährt nichts davon.
admin-mail-masked = Der Link in dieser Mail beweist, wer sie liest. Er ist hier verdeckt.
flash-admin-mail-retried = Die Mail wird gleich verschickt.
flash-admin-mail-dropped = Die Mail wird nicht verschickt.

mail-page-subject = Betreff
mail-page-to = An
mail-page-kind = Art
mail-page-state = Zustand
mail-page-made = Geschrieben
mail-page-sent = Verschickt
mail-page-due = Geht hinaus
mail-page-attempts = Versuche
mail-page-error = Was der Mailserver sagte
mail-page-facts = Mail
mail-page-html = Wie sie aussieht
mail-page-text = Als Text
mail-page-unread = Diese Mail stammt von einer anderen Version des Portals und lässt sich nicht zeigen.
mail-state-pending = wartet
mail-state-again = wird erneut versucht
mail-state-sent = verschickt
mail-state-given-up = aufgegeben
mail-state-dropped = verworfen

mailbox-lead = Dies ist ein Probebetrieb: Mails verlassen diesen Rechner nicht. Hier kann jede Person alle lesen.
mailbox-search = Adresse
mailbox-empty = Noch keine Mails
mailbox-empty-text = Sobald etwas geschieht, von dem jemand erfährt, steht die Mail hier: ein Antrag, eine Entscheidung, ein offener Hub.
mailbox-none-found = Keine Mail gefunden
mailbox-none-found-text = An diese Adresse wurde noch nichts geschrieben.
mailbox-all = Alle Mails zeigen

audit-lead =
    { $count ->
        [one] Ein Ereignis.
       *[other] { $count } Ereignisse, das neueste zuerst.
    }
audit-kind = Worum es geht
audit-kind-course = Anträge und Kurse
audit-kind-change = Änderungen
audit-kind-participation = Teilnehmende
audit-kind-staff = Leitung und Assistenz
audit-kind-roster = Teilnahmelisten
audit-kind-deployment = Bereitstellungen
audit-kind-hub = Hubs
audit-kind-revocation = entzogener Zugang
audit-kind-account = Konten und Rollen
audit-kind-session = Anmeldungen
audit-kind-provider = Anmeldung in Hubs
audit-kind-mail = Mails
audit-kind-setting = Einstellungen
audit-kind-terms = Nutzungsbedingungen
audit-course = Kurs (Adresse oder Titel)
audit-person = Person (Mailadresse oder Name)
audit-course-unknown = Diesen Kurs gibt es nicht, oder es gibt mehrere. Die Adresse ist eindeutig.
audit-person-unknown = Diese Person gibt es nicht, oder es gibt mehrere. Die Mailadresse ist eindeutig.
audit-none = Keine Ereignisse
audit-none-text = Nichts passt zu diesem Filter.
audit-all = Alles zeigen
audit-account-created = Konto von { $name } angelegt
audit-account-changed = Profil von { $name } geändert
audit-account-erased = Konto gelöscht
audit-account-linked = Anmeldung der Einrichtung für { $name } verknüpft
audit-account-unlinked = Verknüpfung der Anmeldung der Einrichtung für { $name } aufgehoben
audit-account-locked = Konto von { $name } gesperrt
audit-account-unlocked = Konto von { $name } entsperrt
audit-account-leader-asked = { $name } möchte Kurse leiten
audit-account-password-changed = Passwort von { $name } geändert
audit-account-password-reset = Passwort von { $name } über Mail neu gesetzt
audit-account-address-asked = Andere Mailadresse für { $name } angefragt
audit-account-address-changed = Mailadresse von { $name } geändert
audit-account-signed-out = { $name } überall abgemeldet
audit-account-token-made = { $name } hat das Zugangs-Token „{ $token }“ erstellt
audit-account-token-revoked = { $name } hat das Zugangs-Token „{ $token }“ widerrufen
audit-role-granted = Rolle „{ $role }“ an { $name } vergeben
audit-role-given = { $name } hat die Rolle „{ $role }“ aus der Anmeldung der Einrichtung
audit-role-revoked = Rolle „{ $role }“ von { $name } entzogen
audit-role-taken = { $name } hat die Rolle „{ $role }“ in der Anmeldung der Einrichtung verloren
audit-session-started = { $name } angemeldet
audit-session-refused = Die Anmeldung der Einrichtung bürgt nicht mehr für { $name }; die Sitzung ist beendet
audit-code-replayed = Ein Anmeldecode von { $name } kam zweimal; was darauf ausgestellt war, ist ungültig
audit-refresh-reused = Ein Token von { $name } kam zweimal; was darauf ausgestellt war, ist ungültig
audit-key-withdrawn = Signaturschlüssel { $key } zurückgezogen
audit-portal-restored = Aus einer Sicherung wiederhergestellt
audit-revocation-done = { $name } aus dem Hub entfernt
audit-mail-retried = Mail erneut gesendet ({ $kind })
audit-mail-dropped = Mail verworfen ({ $kind })
audit-maintenance-on = Wartung begonnen
audit-maintenance-off = Wartung beendet
audit-announcement = Ankündigung geändert
audit-setting = Einstellung „{ $key }“ geändert
audit-terms-published = Nutzungsbedingungen, Version { $number }, veröffentlicht
audit-terms-accepted = { $name } hat die Nutzungsbedingungen, Version { $number }, angenommen

settings-lead-text = Was sich hier schalten lässt, wirkt sofort. Das Übrige steht in der Konfiguration und wirkt nach einem Neustart.
settings-maintenance = Wartung
settings-maintenance-off = Bereitstellungen beginnen, wenn sie fällig sind.
settings-maintenance-on = Es werden keine neuen Bereitstellungen begonnen. Laufende Hubs laufen weiter, und Hubs, deren Zeit vorbei ist, werden entfernt.
settings-maintenance-fixed = Die Konfiguration sagt: Es werden keine neuen Bereitstellungen begonnen. Nur dort lässt sich das beenden.
settings-maintenance-begin = Wartung beginnen
settings-maintenance-end = Wartung beenden
settings-maintenance-question = Bis auf Weiteres keine neuen Bereitstellungen beginnen?
settings-maintenance-means = Kurse, die währenddessen beginnen, warten auf ihren Hub. Laufende Hubs laufen weiter.
settings-announcement = Ankündigung
settings-announcement-text = Ein Hinweis auf jeder Seite, etwa zu einer Unterbrechung. Leer zeigt nichts.
settings-announcement-save = Ankündigung speichern
settings-text-de = Deutscher Text
settings-text-en = Englischer Text
settings-portal = Portal
settings-institution = Einrichtung
settings-public-url = Öffentliche Adresse
settings-internal-url = Adresse für Hubs
settings-zone = Zeitzone
settings-registration = Konten können hier angelegt werden
settings-database = Datenbank
settings-objects = Protokolle und Zustände
settings-policy = Was beantragt werden darf
settings-max-seats = Plätze höchstens
settings-max-days = Tage höchstens
settings-max-per-person = Je Person höchstens
settings-capacity = Was die Cluster tragen
settings-no-limit = keine Grenze
settings-automatic = Von selbst angenommen
settings-automatic-off = nichts
settings-automatic-on = bis { $seats } Plätze und { $days } Tage
settings-environments = Umgebungen
settings-images = Eigene Images
settings-schedule = Zeiten
settings-lead = Bereitgestellt vor dem Beginn
settings-grace = Aufbewahrt nach dem Ende
settings-keep-homes = Dateien aufbewahrt nach dem Entfernen
settings-days =
    { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }
settings-reminders = Erinnerungen vor dem Ende
settings-reminder-days = { $days } Tage
settings-concurrency = Bereitstellungen gleichzeitig
settings-attempts = Versuche höchstens
settings-deadline = Ein Versuch darf dauern
settings-hubs = Hubs
settings-hub-address = Adresse
settings-spawns = Server, die gleichzeitig starten
settings-cull = Ungenutzte Server enden nach
settings-start-timeout = Ein Server darf zum Start brauchen
settings-yes = ja
settings-no = nein
flash-admin-maintenance-on = Die Wartung hat begonnen: Es werden keine neuen Bereitstellungen begonnen.
flash-admin-maintenance-off = Die Wartung ist beendet.
flash-admin-announcement = Die Ankündigung ist gespeichert.

terms-admin-lead = Es gilt Version { $number }.
terms-admin-lead-none = Hier wurde keine Version veröffentlicht: Niemand muss etwas annehmen.
terms-admin-none = Noch keine Version
terms-admin-none-text = Sobald Sie unten eine veröffentlichen, nimmt sie an, wer einen Kurs beantragt.
terms-version = Version { $number }
terms-valid = gilt
terms-coming = gilt künftig
terms-former = galt früher
terms-from = ab
terms-read = Lesen
terms-new = Eine neue Version
terms-new-text = Versionen werden nie geändert, es folgen nur neue. Wer danach einen Kurs beantragt, nimmt die neue an.
terms-text-help = Markdown.
terms-valid-date = Gilt ab
terms-valid-time = Uhrzeit
terms-valid-help = Leer: sofort.
terms-publish = Veröffentlichen
flash-admin-terms = Version { $number } der Nutzungsbedingungen ist veröffentlicht.
