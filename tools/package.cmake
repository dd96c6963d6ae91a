# cpack -G DEB: one package with everything.
set(CPACK_PACKAGE_NAME partita)
set(CPACK_PACKAGE_CONTACT "The Partita developers <partita@partita.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "simulator of inference on the processors of mobile SoCs")
set(CPACK_PACKAGE_DESCRIPTION "\
Partita splits a neural network over the CPU clusters, GPU and NPU of a mobile
SoC and says how long an inference takes, how much energy it needs, which plan
wins, why, and how sure that is. No phone is needed.
.
The package holds the command, descriptions of SoCs and networks with the
measurements that the costs come from, the C++ library for
find_package(partita), and the Python module.")
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "bash-completion, python3-distributed, python3-matplotlib")
# To link the library; the command needs none of them.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
    "cmake, g++, pkg-config, libfmt-dev, libyaml-cpp-dev, libsystemc-dev, libcpp-httplib-dev, coinor-libcbc-dev, libonnx-dev, libprotobuf-dev, libsqlite3-dev, catch2")
# Files as a package has them, whatever the umask here; and what only a package carries.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package/finish.cmake)
set(CPACK_PARTITA_PYTHON ${PROJECT_BINARY_DIR}/python/partita)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/package/config.cmake)
include(CPack)
