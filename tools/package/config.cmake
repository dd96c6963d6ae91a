# Read by cpack: what the package needs follows from what was built.
file(GLOB module "${CPACK_PARTITA_PYTHON}/*.cpython-*.so")
if(module MATCHES "cpython-3([0-9]+)-")
  math(EXPR next "${CMAKE_MATCH_1} + 1")
  set(CPACK_DEBIAN_PACKAGE_DEPENDS
      "python3 (>= 3.${CMAKE_MATCH_1}), python3 (<< 3.${next}), python3-numpy")
  # The module's byte code comes and goes with it.
  set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_LIST_DIR}/postinst"
                                         "${CMAKE_CURRENT_LIST_DIR}/prerm")
endif()
