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
