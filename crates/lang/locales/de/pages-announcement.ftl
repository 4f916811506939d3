# Nachrichten der Kursleitung an alle, auf Seiten und per Mail.

course-tab-announcements = Nachrichten
announcement-write = An alle schreiben
announcement-write-text = Ihre Nachricht geht per Mail an alle Zugelassenen und steht auf ihrer Kursseite. Sie sehen sie vorher noch einmal.
announcement-nobody = Nachrichten lassen sich von der Annahme des Kurses bis zu seinem Ende schreiben.
announcement-subject = Betreff
announcement-text = Nachricht
announcement-text-help = Zeilenumbrüche bleiben, Adressen mit https:// werden zu Links.
announcement-to = Auch an
announcement-to-help = Zugelassene erhalten die Nachricht immer.
announcement-to-waiting = Alle, die sich beworben haben oder auf der Warteliste stehen
announcement-to-staff = Leitung und Assistenz
announcement-preview = Ansehen
announcement-preview-title = So geht die Nachricht hinaus
announcement-reach =
    { $count ->
        [0] Zurzeit erhält niemand eine Mail; die Nachricht steht auf der Kursseite.
        [one] Eine Person erhält diese Mail.
       *[other] { $count } Personen erhalten diese Mail.
    }
announcement-without-mail =
    { $count ->
        [one] Eine weitere hat solche Mails abgestellt und liest sie auf der Kursseite.
       *[other] { $count } weitere haben solche Mails abgestellt und lesen sie auf der Kursseite.
    }
announcement-send = Senden
announcement-edit = Ändern
announcement-sent = Gesendet
announcement-latest = Nachrichten
error-announcement-subject = Der Betreff fehlt oder ist länger als { $max } Zeichen.
error-announcement-text = Die Nachricht fehlt oder ist länger als { $max } Zeichen.
error-announcement-limit = An einen Kurs gehen höchstens { $limit } Nachrichten in 24 Stunden. Es wurde nichts gesendet; Ihr Text steht noch im Formular.
flash-announcement-sent = Die Nachricht ist unterwegs.
history-announcement-sent = Nachricht an alle: „{ $subject }“ (Mails: { $mails })
audit-kind-announcement = Nachrichten
audit-kind-invite = Einladungslinks
mail-announcement-subject = { $subject } – „{ $title }“
mail-announcement-text = { $actor } schreibt an alle im Kurs „{ $title }“:
mail-why-announcement = Sie erhalten diese Mail, weil die Leitung des Kurses „{ $title }“ allen schreibt, die daran teilnehmen, sich beworben haben oder ihn betreuen. Die Nachricht steht auch auf der Kursseite.
