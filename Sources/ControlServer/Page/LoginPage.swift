/// Where a browser hands over the secret and gets a cookie. It repeats nothing of the request.
enum LoginPage {
  /// `wasRefused`: a secret was given and is not the right one.
  static func make(wasRefused: Bool) -> Page {
    Page(
      html: """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Keyturn</title></head>
        <body>
        <h1>Keyturn</h1>
        \(wasRefused ? "<p>That is not the secret.</p>" : "")
        <form method="post" action="\(DoorRoute.session.rawValue)">
        <label>INTERNAL_API_SECRET <input type="password" name="secret" autocomplete="off" required autofocus></label>
        <button>Look</button>
        </form>
        </body>
        </html>

        """, style: "")
  }
}
