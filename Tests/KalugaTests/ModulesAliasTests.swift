import OctopusRecords
import OctopusSystem
import Testing

@testable import Kaluga

/// `kaluga import`, and that devices get the modules that kmod would load for them.
struct ModulesAliasTests {
  private func imported(_ text: String, _ exec: [String] = ["modprobe", "{module}"]) -> Catalogue {
    catalogue(ModulesAlias(ByteString(text)).catalogue(exec: exec))
  }

  @Test func aliasesBecomeEntries() throws {
    let text = """
      # Aliases extracted from modules themselves.
      alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000
      alias pci:v00008086d*sv*sd*bc02sc00i* e1000
      alias usb:v04A9p[3-4]*d* cam"era\\
      alias char-major-1-* mem{x}
      """
    let result = imported(text, ["modprobe", "{x}", "{module}"])
    #expect(result.problems.isEmpty && ModulesAlias(ByteString(text)).problems.isEmpty)
    #expect(result.drivers.map(\.name) == ["e1000", "cam\"era\\", "mem{x}"])
    let driver = try #require(result["e1000"])
    #expect(driver.modalias.count == 2 && !driver.shadows && driver.restart == .never)
    for (name, module) in [("e1000", "e1000"), ("mem{x}", "mem{x}")] {
      #expect(
        try result[name]?.launch.arguments(for: nil) == ["modprobe", "{x}", module])
    }
  }

  @Test func windowsLineEndsTabsAndBlanksInPatternsAreRead() {
    let result = imported(
      "alias a:* one\r\nalias\tdmi*:pnGalaxy Book  2:* \ttwo \r\n\r\n  # x\r\nalias b:* one")
    #expect(result.drivers.map(\.name) == ["one", "two"])
    #expect(result["one"]?.modalias == ["a:*", "b:*"])
    #expect(result["two"]?.modalias == ["dmi*:pnGalaxy Book  2:*"])
  }

  @Test func lineThatCannotBeUsedIsReported() {
    let bytes = Array("alias a one\nbroken line\nalias x\noptions a b=c\nalias ".utf8) + [0xff]
    let modules = ModulesAlias(ByteString(bytes + Array(" two\nalias b one\n".utf8)))
    #expect(
      modules.problems == [
        .init(line: 2, message: "the line does not begin with 'alias'"),
        .init(line: 3, message: "an alias needs a pattern and a module"),
        .init(line: 4, message: "the line does not begin with 'alias'"),
        .init(line: 5, message: "it is not UTF-8"),
      ])
    #expect(modules.catalogue(exec: ["x"]).contains("\"b\""))
  }

  /// As in a modules.alias of Linux 6.1. For each alias below `modprobe --resolve-alias` of kmod 30
  /// says the same with these.
  private static let lines = """
    alias cpu:type:x86,ven*fam*mod*:feature:*0081* crc32_pclmul
    alias cpu:type:x86,ven*fam*mod*:feature:*0081* ghash_clmulni_intel
    alias cpu:type:x86,ven*fam*mod*:feature:*0081* crct10dif_pclmul
    alias cpu:type:x86,ven*fam*mod*:feature:*0099* aesni_intel
    alias cpu:type:x86,ven*fam*mod*:feature:*0094* crc32c_intel
    alias cpu:type:x86,ven0000fam0006mod*:feature:*00E1* intel_rapl
    alias cpu:type:x86,ven*fam*mod*:feature:*0127* sha512_ssse3
    alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000
    alias pci:v*d*sv*sd*bc02sc00i* generic-nic
    alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage
    alias usb:v*p*d*dc*dsc*dp*ic08isc06ip62in* uas
    """

  @Test(arguments: [
    (
      "cpu:type:x86,ven0002fam0019mod0011:feature:,0081,0094,0099,0127",
      [
        "aesni_intel", "crc32_pclmul", "crc32c_intel", "crct10dif_pclmul", "ghash_clmulni_intel",
        "sha512_ssse3",
      ]
    ),
    ("pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", ["e1000", "generic-nic"]),
    ("usb:v0781p5581d0100dc00dsc00dp00ic08isc06ip50in00", ["usb_storage"]),
    ("usb:v0781p5581d0100dc00dsc00dp00ic03isc01ip01in00", []),
  ])
  func deviceGetsEveryModuleThatKmodLoads(alias: String, modules: [String]) {
    var world = SimulatedWorld(imported(Self.lines))
    world.connect()
    world.set(device("hw.x", "/sys/x", "modalias: '\(alias)'"))
    #expect(
      world.processes.values.map { $0.request.order.values(of: "argument")[1] }.sorted() == modules)
  }

  /// A driver of one's own is there beside them.
  @Test func importedModulesRunBesideDriversOfTheCatalogue() {
    let modules = ModulesAlias(ByteString(Self.lines)).catalogue(exec: ["modprobe", "{module}"])
    var world = SimulatedWorld(catalogue(modules + entry("mine", "priority = 5")))
    world.connect()
    world.set(
      device(
        "hw.x", "/sys/x", "modalias: 'pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00'"))
    #expect(
      Set(world.processes.values.map(\.key.driver)) == ["mine", "e1000", "generic-nic"])
  }
}
