# Seiten, die alle lesen dürfen.

landing-title = Ein JupyterHub für Ihren Kurs
landing-lead = Vor dem Semester beantragen, ab der ersten Stunde benutzen, nach der letzten vergessen. Zu installieren ist nichts, weder für Sie noch für die Teilnehmenden.
landing-how = So geht es
landing-life = Der Weg eines Kurses
landing-participants = Teilnehmen
landing-participants-text = Sie haben einen Link zu einem Kurs bekommen. Öffnen Sie ihn, melden Sie sich an und bewerben Sie sich. Sind Sie zugelassen, öffnet sich der Hub zum Kursbeginn in Ihrem Browser.
landing-leaders = Lehren
landing-leaders-text = Sagen Sie, wann der Kurs läuft, wie viele teilnehmen und welche Software er braucht. Sie hören per Mail von der Entscheidung, geben den Link weiter und sehen jederzeit, wie es dem Hub geht.
landing-governance = Entscheiden
landing-governance-text = Sie sehen jeden Antrag neben dem, was die Cluster in diesen Wochen schon tragen, und entscheiden mit einer Begründung.

help-title = Hilfe
help-lead = Was Sie hier tun können und wie, hängt davon ab, wozu Sie gekommen sind.
help-participant = Teilnehmen
help-participant-join = Öffnen Sie den Link zum Kurs, melden Sie sich an und bewerben Sie sich. Ob Sie zugelassen sind, erfahren Sie per Mail; es steht auch auf der Seite des Kurses.
help-participant-open = Vom Beginn des Kurses bis zu seinem Ende gibt es auf der Kursseite einen Knopf, der den Hub öffnet. Ihre Dateien bleiben dort von einer Stunde zur nächsten.
help-participant-save = Sichern Sie vor dem Ende des Kurses, was Sie behalten möchten. Wir erinnern Sie per Mail; nach dem Ende werden der Hub und die Dateien darin entfernt.
help-leader = Einen Kurs leiten
help-leader-request = Beantragen Sie den Kurs: Titel, Adresse, Zeitraum, Plätze, Rechenleistung und Software. Ein Entwurf bleibt erhalten, bis Sie ihn einreichen. Einen Kurs des letzten Semesters können Sie kopieren.
help-leader-invite = Nach der Zusage geben Sie den Einladungslink weiter oder laden eine Liste hoch. Wer hineinkommt, bestimmen Sie: einzeln, nach Liste, nach Maildomäne oder alle mit dem Link.
help-leader-run = Der Hub wird vor der ersten Stunde aufgebaut und ausprobiert, damit er zum Beginn funktioniert. Während des Kurses sehen Sie, wer da ist, und können Server der Teilnehmenden starten und anhalten.
help-leader-end = Änderungen und mehr Zeit können Sie jederzeit beantragen. Nach dem Ende wird der Hub von selbst abgebaut.
help-governance = Über Anträge entscheiden
help-governance-text = Unter „Anträge“ sehen Sie, was wartet und was es binden würde. Nehmen Sie an, lehnen Sie ab oder geben Sie zurück, immer mit einer Nachricht: Die Kursleitung liest sie per Mail.
help-administrator = Das Portal betreiben
help-administrator-text = Unter „Verwaltung“ finden Sie Personen und Rollen, fehlgeschlagene Bereitstellungen mit Protokoll, die Mailwarteschlange und das Änderungsprotokoll. Das Betriebshandbuch liegt der Software bei.
help-contact = Wenn hier nichts hilft
help-contact-text = Schreiben Sie uns, und nennen Sie Kurs und Uhrzeit. Hat Ihnen eine Seite einen Code gezeigt, fügen Sie ihn bei:
help-contact-none = Bitte wenden Sie sich an die Person, von der Sie den Link zum Kurs haben.

imprint-text =
    Dieses Portal betreibt { $name }.

    Ein Impressum wurde noch nicht hinterlegt.
privacy-title = Datenschutz
privacy-text =
    # Was gespeichert wird

    Ihr Name, Ihre Mailadresse, Ihre Rollen und Ihre Einstellungen; auf welche Kurse Sie sich beworben haben, welche Sie leiten und an welchen Sie teilnehmen; wer wann was entschieden hat. Im Hub eines Kurses: die Dateien, die Sie dort anlegen, bis der Hub entfernt wird.

    # Wozu

    Damit die richtigen Menschen in die richtigen Kurse kommen, die Hubs laufen und Sie erfahren, was Sie betrifft. Nichts wird weitergegeben, und keine Seite lädt etwas von anderswo.

    # Cookies

    Eines hält Sie angemeldet, andere merken sich Sprache und Darstellung, die Sie gewählt haben. Für anderes gibt es keine.

    # Ihre Rechte

    In Ihrem Konto können Sie ausgeben lassen, was über Sie gespeichert ist, und das Konto löschen.
terms-title = Nutzungsbedingungen
terms-lead = Fassung { $number }, gültig seit { $since }
terms-text =
    # Wofür die Hubs da sind

    Für den Kurs, für den sie beantragt wurden. Bitte nutzen Sie sie nicht für etwas, das anderen schadet oder gegen Gesetze verstößt, und geben Sie Ihren Zugang nicht weiter.

    # Worauf Sie sich verlassen können

    Ein Hub ist vom Beginn bis zum Ende seines Kurses da. Behalten Sie Kopien von dem, was Ihnen wichtig ist: Nach dem Ende wird alles darin entfernt.

    # Was andere sehen

    Kursleitungen sehen, wer teilnimmt und wessen Server läuft. In Ihren Server sehen sie nur, nachdem Sie zugestimmt haben.
legal-default = Dies ist der Text, der mit der Software kommt. Der Betreiber kann ihn ersetzen.

problem-status = Seite { $status }
problem-means = Was das heißt
problem-todo = Was Sie tun können
problem-support = Für den Support
problem-code = Code
problem-time = Zeit
problem-contact = Mail
problem-back = Weiter
problem-home = Zur Startseite
problem-nothing-stored = Es wurde nichts geändert.

problem-cross-site = Dieser Schritt ging von einer anderen Website oder einem anderen Fenster aus und wurde zu Ihrem Schutz abgewiesen.

problem-bad-request = Das war nicht zu verstehen
problem-bad-request-happened = Die Adresse oder das Mitgesendete ist unvollständig oder verschrieben.
problem-bad-request-todo = Gehen Sie zurück, laden Sie die Seite neu und wiederholen Sie den Schritt. Sind Sie einem Link gefolgt, prüfen Sie, ob er ganz kopiert wurde.
problem-forbidden = Das steht Ihnen nicht offen
problem-forbidden-happened = Sie sind angemeldet, aber Ihre Rollen decken diesen Schritt nicht ab.
problem-forbidden-means = Es wurde nichts geändert. Rollen können sich jederzeit ändern; vielleicht hatten Sie diese bis vor Kurzem.
problem-forbidden-todo = Fragen Sie die Kursleitung oder die Verwaltung, wenn Sie dieses Recht haben sollten. Haben Sie ein anderes Konto, melden Sie sich damit an.
problem-not-found = Hier ist nichts
problem-not-found-happened = Unter dieser Adresse gibt es keine Seite, oder sie ist nicht für Ihr Konto bestimmt.
problem-not-found-means = Der Link kann verschrieben oder alt sein, oder den Kurs gibt es nicht mehr.
problem-not-found-todo = Prüfen Sie die Adresse, melden Sie sich mit dem richtigen Konto an oder beginnen Sie auf der Startseite.
problem-conflict = Da war jemand schneller
problem-conflict-happened = Was Sie ändern wollten, hat sich inzwischen geändert.
problem-conflict-means = Ihr Schritt wurde nicht ausgeführt, damit keine Änderung verloren geht.
problem-conflict-todo = Sehen Sie nach, wie es jetzt steht, und wiederholen Sie den Schritt, wenn er noch nötig ist.
problem-not-now = Das geht gerade nicht
problem-not-now-todo = Gehen Sie zurück, sehen Sie nach, wie es steht, und versuchen Sie es noch einmal, wenn das Hindernis vorbei ist.
problem-gone = Dieser Link gilt nicht mehr
problem-gone-happened = Der Link war einmal gültig, wurde aber benutzt, zurückgezogen oder ersetzt, oder seine Zeit ist abgelaufen.
problem-gone-means = Er lässt sich nicht wiederbeleben; das schützt Sie und andere.
problem-gone-todo = Bitten Sie die Person, von der Sie den Link haben, um einen neuen.
problem-too-large = Das ist zu groß
problem-too-large-happened = Was Sie gesendet haben, ist größer, als diese Seite annimmt.
problem-too-large-todo = Senden Sie eine kleinere Datei, oder teilen Sie sie auf.
problem-too-many = Bitte etwas langsamer
problem-too-many-happened = Es gab zu viele Versuche in kurzer Zeit.
problem-too-many-todo = Warten Sie ein paar Minuten und versuchen Sie es noch einmal; nach vielen Versuchen dauert es bis zu einer Stunde.
problem-again-text = Was Sie eingegeben haben, ist nicht verloren: Sie können es von hier aus noch einmal senden.
problem-again = Noch einmal senden
problem-internal = Bei uns ist etwas schiefgegangen
problem-internal-happened = Das Portal konnte diese Seite nicht fertigstellen.
problem-internal-means = Es liegt nicht an Ihnen. Ein Schritt, den Sie getan haben, ist entweder ganz gespeichert oder gar nicht. Laufende Hubs sind nicht betroffen.
problem-internal-todo = Sehen Sie nach, ob Ihr Schritt gespeichert ist, bevor Sie ihn wiederholen. Geschieht es wieder, schreiben Sie dem Support und nennen Sie den Code unten.
problem-unavailable = Gerade nicht erreichbar
problem-unavailable-happened = Ein Teil, den das Portal braucht, antwortet nicht.
problem-unavailable-means = Es wurde nichts geändert. Laufende Hubs arbeiten in der Regel weiter.
problem-unavailable-todo = Versuchen Sie es in einer Minute noch einmal.
