# Was an einer Eingabe oder einem Schritt nicht stimmt, und was richtig wäre.

error-slug-length = Die Adresse braucht 3 bis 40 Zeichen.
error-slug-characters = Die Adresse darf nur Kleinbuchstaben von a bis z, Ziffern und Bindestriche enthalten, zum Beispiel „python-2027“. Sie darf nicht mit „xn--“ beginnen.
error-slug-ends = Die Adresse muss mit einem Buchstaben beginnen und darf nicht mit einem Bindestrich enden.
error-slug-reserved = Diese Adresse ist für die Plattform selbst reserviert. Bitte wählen Sie eine andere.

error-title-length = Der Titel braucht 3 bis 120 Zeichen.
error-description-length = Die Beschreibung ist zu lang: höchstens 20 000 Zeichen.
error-remarks-length = Die Bemerkungen sind zu lang: höchstens 5000 Zeichen.

error-date-form = Bitte geben Sie ein Datum an, zum Beispiel 2027-03-01.
error-time-form = Bitte geben Sie eine Uhrzeit an, zum Beispiel 07:30.
error-time-gap = Diese Uhrzeit gibt es an diesem Tag nicht, weil die Uhr auf Sommerzeit vorgestellt wird. Bitte wählen Sie eine Stunde früher oder später.
error-end-before-start = Das Ende muss nach dem Beginn liegen.
error-end-past = Das Ende liegt in der Vergangenheit. Bitte wählen Sie einen Zeitpunkt, der noch kommt.
error-too-long =
    { $days ->
        [one] Ein Kurs darf höchstens einen Tag dauern.
       *[other] Ein Kurs darf höchstens { $days } Tage dauern.
    }

error-seats = Bitte geben Sie eine Zahl von Plätzen zwischen 1 und { $max } an.
error-cpu = Die Rechenleistung je Person muss größer als 0 sein und darf höchstens { $max } CPU betragen.
error-memory = Der Arbeitsspeicher je Person muss größer als 0 sein und darf höchstens { $max } GiB betragen.
error-storage = Der Speicherplatz je Person muss größer als 0 sein und darf höchstens { $max } GiB betragen.

error-environment-unknown = Diese Umgebung steht nicht (mehr) im Katalog. Bitte wählen Sie eine aus der Liste.
error-environment-nowhere = Diese Umgebung läuft auf keinem Cluster. Bitte wählen Sie eine andere.
error-environment-not-here = Auf dem Cluster dieses Kurses läuft diese Umgebung nicht. Bitte wählen Sie eine andere.
error-cluster-environment = Auf diesem Cluster läuft diese Umgebung nicht.
error-cluster-unknown = Diesen Cluster gibt es nicht.
error-image-not-allowed = Eigene Images sind hier nicht zugelassen. Bitte wählen Sie eine Umgebung aus dem Katalog.
error-image-latest = „latest“ kann morgen etwas anderes sein als heute. Bitte nennen Sie eine feste Version oder einen Digest.
error-image-form = Das ist keine gültige Image-Angabe. Richtig ist zum Beispiel „quay.io/jupyter/scipy-notebook:2026-10-05“.
error-image-registry = Bitte nennen Sie das Image mit seiner Registry, zum Beispiel „quay.io/jupyter/scipy-notebook:2026-10-05“.
error-image-tag = Der Tag hinter dem Doppelpunkt ist ungültig. Er darf Buchstaben, Ziffern, Punkte, Binde- und Unterstriche enthalten.
error-image-tag-missing = Dem Image fehlt die Version: ein Tag wie „:2026-10-05“ oder ein Digest wie „@sha256:…“.
error-image-digest = Der Digest ist ungültig. Er besteht aus „sha256:“ und 64 Ziffern oder Buchstaben von a bis f.

error-git-url-form = Das ist keine Adresse eines Git-Repositorys. Richtig ist zum Beispiel „https://git.example.org/lehre/material.git“.
error-git-url-https = Die Adresse des Repositorys muss mit „https://“ beginnen, denn nur öffentliche Repositorys können gelesen werden.
error-git-url-credentials = Die Adresse enthält Zugangsdaten. Bitte entfernen Sie sie; das Repository muss ohne Anmeldung lesbar sein.

error-mail-address-form = Das ist keine gültige E-Mail-Adresse. Richtig ist zum Beispiel „name@university.example“.
error-mail-domain-form = Das ist keine gültige Domain. Richtig ist zum Beispiel „university.example“, ohne „@“.
error-username-form = Der Benutzername muss mit einem Kleinbuchstaben beginnen und aus 3 bis 31 Kleinbuchstaben, Ziffern und Bindestrichen bestehen.

error-choice = Bitte wählen Sie einen der angebotenen Werte.
error-slug-taken = Diese Adresse hat zurzeit ein anderer Kurs. Bitte wählen Sie eine andere.
error-slug-fixed = Die Adresse lässt sich nicht mehr ändern, weil der Hub unter ihr eingerichtet ist.
error-start-past = Der Kurs hat schon begonnen; sein Beginn lässt sich nicht mehr ändern.
error-storage-shrinks = Der Speicherplatz eines laufenden Hubs kann nur wachsen.
error-seats-admitted =
    { $admitted ->
        [one] Eine Person ist schon zugelassen. Bitte geben Sie mindestens einen Platz an.
       *[other] { $admitted } Personen sind schon zugelassen. Bitte geben Sie mindestens so viele Plätze an.
    }
error-domains-missing = Bitte nennen Sie mindestens eine Mail-Domain, zum Beispiel „university.example“, und höchstens { $max }.
error-start-path = Bitte geben Sie den Pfad der Anwendung unterhalb des Servers an, zum Beispiel „rstudio“. Erlaubt sind Buchstaben, Ziffern, Punkte, Bindestriche, Unterstriche und Schrägstriche.
error-start-notebook = Bitte geben Sie den Pfad eines Notebooks im Material an, zum Beispiel „woche-1/start.ipynb“.
error-material-missing = Um mit einem Notebook des Materials zu beginnen, geben Sie bitte die Adresse des Materials an.
error-branch-form = Das ist kein gültiger Name eines Branches oder Tags. Richtig ist zum Beispiel „main“.
error-folder-form = Der Ordner darf Buchstaben, Ziffern, Punkte, Bindestriche und Unterstriche enthalten und nicht mit einem Punkt beginnen.
error-terms = Bitte stimmen Sie den Nutzungsbedingungen zu.
error-terms-changed = Die Nutzungsbedingungen haben sich geändert, während Sie das Formular ausgefüllt haben. Bitte lesen Sie die neue Fassung und stimmen Sie ihr zu.
error-terms-text = Die Nutzungsbedingungen brauchen einen Text in beiden Sprachen, mit höchstens 100.000 Zeichen.
error-announcement-length = Der Hinweis ist zu lang: höchstens 500 Zeichen.
error-reason-missing = Bitte schreiben Sie, warum. Die Betroffenen lesen es.
error-reason-length = Der Text ist zu lang: höchstens 2000 Zeichen.
error-copy-days = Bitte geben Sie eine ganze Zahl von Tagen an, höchstens zehn Jahre vor oder zurück.
error-capacity = Das ist mehr, als die Cluster in dieser Zeit tragen. Soll es trotzdem angenommen werden, schreiben Sie bitte, warum.

error-roster-form = Das ist keine CSV-Datei. Bitte speichern Sie die Liste als CSV, mit einer Mail-Adresse und einem Namen in jeder Zeile.
error-roster-empty = In dieser Datei steht keine Zeile.
error-roster-too-long = Die Liste ist zu lang: höchstens { $max } Zeilen.
error-roster-twice = Diese Adresse steht schon in Zeile { $line }.
error-roster-quote = Ein Anführungszeichen wird geöffnet, aber nicht geschlossen.
error-roster-nothing = Bitte wählen Sie eine Datei, oder fügen Sie die Liste ein.

error-account-unknown = Niemand mit dieser bestätigten Mail-Adresse hat hier ein Konto. Die Person muss sich erst einmal anmelden.
error-not-a-leader = Diese Person darf keine Kurse leiten. Die Administration kann ihr die Rolle geben.

# Warum ein Schritt gerade nicht möglich ist.

error-not-found = Das gibt es nicht, oder nicht mehr.
error-forbidden = Das dürfen Sie nicht.
error-changed-meanwhile = Jemand anders hat dies inzwischen geändert. Bitte sehen Sie es sich noch einmal an und wiederholen Sie den Schritt, wenn er noch passt.
error-already-there = Das ist schon da.
error-state =
    { $state ->
        [REQUESTED] Das ist nicht möglich, solange der Antrag auf eine Entscheidung wartet.
        [REJECTED] Das ist nicht möglich, weil der Antrag abgelehnt ist.
        [ACCEPTED] Das ist nicht möglich, solange der Kurs auf seine Zeit wartet.
        [DEPLOYING] Das ist nicht möglich, solange der Hub eingerichtet wird. Bitte versuchen Sie es danach noch einmal.
        [DEPLOYED] Das ist nicht möglich, solange der Hub läuft.
        [DEGRADING] Das ist nicht mehr möglich: Der Hub wird abgebaut.
        [DEGRADED] Das ist nicht mehr möglich: Der Kurs ist vorbei.
        [FAILED] Das ist gerade nicht möglich, weil etwas fehlgeschlagen ist, das die Administration beheben muss.
        [CANCELLED] Das ist nicht mehr möglich: Der Kurs ist zurückgezogen.
       *[other] Das ist gerade nicht möglich.
    }
error-sent-back = Der Antrag wurde zurückgegeben und wartet auf die Antwort der Kursleitung.
error-change-pending = Eine andere Änderung wartet auf eine Entscheidung. Bitte nehmen Sie sie erst zurück oder warten Sie.
error-change-decided = Diese Änderung ist schon entschieden oder zurückgenommen.
error-change-too-late = Das gewünschte Ende ist inzwischen vergangen.
error-deployment-open = Am Hub wird gerade gearbeitet. Bitte versuchen Sie es danach noch einmal.
error-stopping-already = Der Kurs wird schon beendet.
error-applications-closed = Bewerbungen sind nicht mehr oder noch nicht möglich.
error-already-staff = Sie gehören zur Leitung oder Betreuung dieses Kurses und müssen sich nicht bewerben.
error-no-seat = Es ist kein Platz frei.
error-participant-left = Diese Person hat den Kurs verlassen und kann sich wieder bewerben.
error-participant-gone = Diese Person ist nicht mehr im Kurs.
error-participant-not-admitted = Diese Person ist nicht zugelassen.
error-is-leader = Diese Person leitet den Kurs schon.
error-last-leader = Ein Kurs braucht eine Leitung. Bitte übergeben Sie ihn erst an jemanden.
error-too-many-staff = Es gibt schon zu viele Leitende und Betreuende.
error-too-many-drafts = Es gibt zu viele Entwürfe. Bitte löschen Sie erst einige.
error-mail-state = Diese Mail ist verschickt, verworfen oder wird gerade verschickt.

# Warum eine Bereitstellung fehlschlug, wo es das ausführende Programm nicht selbst sagen konnte; die anderen stehen in hub.ftl.

failure-unknown = Die Arbeit ist fehlgeschlagen, und die Ursache wurde nicht genannt.
failure-worker-lost = Das Programm, das die Arbeit tat, hat ohne ein Wort aufgehört.
failure-worker-not-started = Das Programm, das die Arbeit tut, ließ sich nicht starten.
