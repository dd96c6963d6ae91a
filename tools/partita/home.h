// Where this Partita lives: its data, and what CMake finds of it.
#pragma once

#include <filesystem>

namespace partita {

/// PARTITA_DATA, else the nearest folder above the command (or the library that holds this) that
/// has socs/ and models/, or has them in share/partita, else where the sources were built. Throws
/// InputError.
std::filesystem::path data_root();

/// What find_package(partita) can be told: the prefix of an installation, or the folder of a build.
/// Empty: neither is there.
std::filesystem::path package_root();

}  // namespace partita
