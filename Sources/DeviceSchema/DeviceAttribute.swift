// The attributes of device records. docs/hardware.md says which records have which.

/// The name of an attribute.
package enum DeviceAttribute: String, CaseIterable, Sendable {
  // MARK: Identity

  /// The device's directory in sysfs.
  case syspath
  /// The inode of that directory. Together with `syspath` it identifies the device.
  case devinode
  /// The last part of `syspath`.
  case sysname
  /// The kernel's name for the kind of device.
  case subsystem
  /// The name of the nearest record above this one.
  case parent

  // MARK: What the kernel knows of any device

  /// The kernel's driver that is bound to it.
  case driver
  /// The text by which drivers are matched.
  case modalias
  /// Its device file.
  case devname

  // MARK: Names for people

  case vendorName = "vendor_name"
  case deviceName = "device_name"
  case className = "class_name"
  case subclassName = "subclass_name"
  case interfaceName = "interface_name"
  case productName = "product_name"
  case manufacturer, name, serial

  // MARK: Numbers of the maker and of the class

  case vendor, revision, subclass
  case `class`
  case deviceID = "device_id"
  case subsystemVendor = "subsystem_vendor"
  case subsystemDevice = "subsystem_device"
  case programmingInterface = "prog_if"
  case `protocol`

  // MARK: Addresses

  case domain, bus, device, function
  case numaNode = "numa_node"
  /// Identifiers of the firmware: ACPI's hardware id and path.
  case hid
  case acpiNode = "acpi_node"

  // MARK: USB

  case port, version, ports, number, endpoints
  /// In Mbit/s.
  case speed

  // MARK: Processors

  case cpu, online, core, die, package, type, family, model
  case maximumFrequency = "max_khz"

  // MARK: Network interfaces

  case address
  case interface
  case devicePort = "dev_port"

  // MARK: Disks

  /// Size, and where a partition starts, in bytes.
  case bytes, start
  case partition, removable, rotational
  case readOnly = "read_only"

  // MARK: Input devices and terminals

  case bustype, phys, uniq, line, irq

  // MARK: Keys of the kernel's events that other attributes are made from

  case product
  case pciID = "pci_id"
  case pciSubsystemID = "pci_subsys_id"
  case pciClass = "pci_class"

  // MARK: The machine

  /// The architecture of its processors.
  case architecture = "arch"
  /// How many devices of a bus are published.
  case devices
}
