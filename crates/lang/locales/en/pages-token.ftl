token-title = Access tokens for programs
token-lead = A token lets a program of yours do part of what you may do in the portal, without your password.
token-account-text = For scripts and programs that work with your courses.
token-account-link = Access tokens
token-fresh = Your new token
token-fresh-text = Copy it now: it is not shown again. Whoever has it acts in your name, so keep it like a password.
token-list = Your tokens
token-none = No tokens
token-none-text = No program acts in your name.
token-new = Make a token
token-new-text = A token never allows more than you may do yourself at that moment. All tokens end when you change your password, sign out everywhere, or are locked.
token-name = Name
token-name-help = What it is for, so that you recognise it later.
token-scopes = What it may do
token-scopes-help = As little as the program needs.
token-scope-courses-read = Read courses, deployments and their logs
token-scope-courses-write = Request, change and end courses
token-scope-participants-read = Read participants, staff and the invite link
token-scope-participants-write = Admit and remove participants, name staff, renew the invite link
token-scope-governance = Act in your role of governance: see all requests and decide
token-scope-admin = Act in your role as administrator: see all courses and retry deployments
token-days = Works for
token-days-choice = { $days ->
    [365] one year
   *[other] { $days } days
}
token-make = Make the token
token-expires = Works until
token-over = no longer works
token-used = Last used
token-unused = never
token-revoke = Revoke
token-api = The interface
token-api-text = Everything is below /api/v1; the documentation has examples.
token-api-link = Description in OpenAPI

flash-token-revoked = The token no longer works.

token-error-name = Please say what the token is for.
token-error-name-long = The name is too long: at most { $max } characters.
token-error-scopes = Please choose what the token may do.
token-error-days = Please choose how long the token works: at most { $max } days.
token-error-too-many = You have too many tokens. Revoke one that you no longer need.

error-idempotency-key = This idempotency key came with another request before. Use a new one for each new request.
