/// Where a browser hands over the secret and gets a cookie.
enum LoginPage {
  /// `wasRefused`: a secret was given and is not the right one.
  static func make(wasRefused: Bool) -> Page {
    let refusal: HTML = wasRefused ? "<p class=\"no\">That is not the secret.</p>" : ""
    return Page(
      title: "Keyturn",
      content: """
        <h1>Keyturn</h1>
        \(refusal)
        <form method="post" action="\(DoorRoute.session.rawValue)">
        <label>INTERNAL_API_SECRET <input type="password" name="secret" autocomplete="off" required autofocus></label>
        <button>Look</button>
        </form>
        """)
  }
}
