token-title = Zugangs-Token für Programme
token-lead = Mit einem Token darf ein Programm von Ihnen einen Teil dessen tun, was Sie im Portal dürfen, ohne Ihr Passwort.
token-account-text = Für Skripte und Programme, die mit Ihren Kursen arbeiten.
token-account-link = Zugangs-Token
token-fresh = Ihr neues Token
token-fresh-text = Kopieren Sie es jetzt: Es wird nicht noch einmal gezeigt. Wer es hat, handelt in Ihrem Namen; hüten Sie es wie ein Passwort.
token-list = Ihre Token
token-none = Keine Token
token-none-text = Kein Programm handelt in Ihrem Namen.
token-new = Token erstellen
token-new-text = Ein Token erlaubt nie mehr, als Sie in diesem Augenblick selbst dürfen. Alle Token enden, wenn Sie Ihr Passwort ändern, sich überall abmelden oder gesperrt werden.
token-name = Name
token-name-help = Wofür es ist, damit Sie es später wiedererkennen.
token-scopes = Was es darf
token-scopes-help = So wenig, wie das Programm braucht.
token-scope-courses-read = Kurse, Bereitstellungen und deren Protokolle lesen
token-scope-courses-write = Kurse anfragen, ändern und beenden
token-scope-participants-read = Teilnehmende, Team und Einladungslink lesen
token-scope-participants-write = Teilnehmende zulassen und entfernen, das Team benennen, den Einladungslink erneuern
token-scope-governance = In Ihrer Rolle als Governance handeln: alle Anfragen sehen und entscheiden
token-scope-admin = In Ihrer Rolle in der Administration handeln: alle Kurse sehen und Bereitstellungen wiederholen
token-days = Gilt für
token-days-choice = { $days ->
    [365] ein Jahr
   *[other] { $days } Tage
}
token-make = Token erstellen
token-expires = Gilt bis
token-over = gilt nicht mehr
token-used = Zuletzt benutzt
token-unused = noch nie
token-revoke = Widerrufen
token-api = Die Schnittstelle
token-api-text = Alles liegt unter /api/v1; die Dokumentation hat Beispiele.
token-api-link = Beschreibung in OpenAPI

flash-token-revoked = Das Token gilt nicht mehr.

token-error-name = Bitte geben Sie an, wofür das Token ist.
token-error-name-long = Der Name ist zu lang: höchstens { $max } Zeichen.
token-error-scopes = Bitte wählen Sie, was das Token darf.
token-error-days = Bitte wählen Sie, wie lange das Token gilt: höchstens { $max } Tage.
token-error-too-many = Sie haben zu viele Token. Widerrufen Sie eines, das Sie nicht mehr brauchen.

error-idempotency-key = Dieser Idempotenzschlüssel kam schon mit einer anderen Anfrage. Verwenden Sie für jede neue Anfrage einen neuen.
