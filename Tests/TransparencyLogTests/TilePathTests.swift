import Testing
import TransparencyLog

@Suite struct TilePathTests {
  @Test(arguments: [
    ("tile/0/000", TilePath(.hashes(level: 0), index: 0)),
    ("tile/0/000.p/5", TilePath(.hashes(level: 0), index: 0, width: 5)),
    ("tile/3/x001/x234/067", TilePath(.hashes(level: 3), index: 1_234_067)),
    ("tile/63/x001/000.p/255", TilePath(.hashes(level: 63), index: 1000, width: 255)),
    ("tile/entries/x001/234", TilePath(.entries, index: 1234)),
    ("tile/entries/999.p/1", TilePath(.entries, index: 999, width: 1)),
  ])
  func `a tile has the name of the specification`(_ name: String, _ path: TilePath) {
    #expect(path.name == name)
    #expect(TilePath(name) == path)
  }

  @Test(arguments: [
    "", "tile", "tile/0", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
    "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/05", "tile/0/000.p", "tile/0/000.p/", "tile/0/x000/001",
    "tile/0/001/001", "tile/0/x001/x001", "tile/0/../000", "tile/0/000/", "/tile/0/000", "tile//000", "tile/entries",
    "tile/Entries/000", "tile/0/000.p/1/2", "tile/0/x1/000", "tile/0/٠٠٠", "tile/0/+00", "tiles/0/000",
    "tile/0/x999/x999/x999/x999/x999/x999/999",
  ])
  func `any other spelling is no tile`(_ name: String) { #expect(TilePath(name) == nil) }

  @Test func `a tree of 70000 leaves has the tiles that the specification counts`() {
    let paths = TilePath.all(for: 70_000)
    func count(_ kind: TilePath.Kind, full: Bool) -> Int { paths.count { $0.kind == kind && $0.isFull == full } }
    #expect(count(.hashes(level: 0), full: true) == 273)
    #expect(paths.contains(TilePath(.hashes(level: 0), index: 273, width: 112)))
    #expect(count(.hashes(level: 1), full: true) == 1)
    #expect(paths.contains(TilePath(.hashes(level: 1), index: 1, width: 17)))
    #expect(paths.contains(TilePath(.hashes(level: 2), index: 0, width: 1)))
    #expect(paths.count == 273 + 1 + 1 + 1 + 1 + 274)
    #expect(
      TilePath.all(for: 256) == [
        TilePath(.hashes(level: 0), index: 0), TilePath(.hashes(level: 1), index: 0, width: 1),
        TilePath(.entries, index: 0),
      ])
    #expect(TilePath.all(for: 0).isEmpty)
  }
}
