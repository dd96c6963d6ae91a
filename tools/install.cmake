# cmake --install and cpack: the command, its data, the library for find_package(partita), the
# Python module, man page, completion and documents.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Everything a program can link.
add_library(partita_everything INTERFACE)
target_link_libraries(partita_everything INTERFACE partita_command)
set_target_properties(partita_everything PROPERTIES EXPORT_NAME partita)

# Every room, whoever adds one.
get_property(partita_targets DIRECTORY ${PROJECT_SOURCE_DIR} PROPERTY BUILDSYSTEM_TARGETS)
set(partita_rooms headers)
foreach(target ${partita_targets} partita_command)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY" AND target MATCHES "^partita_(.+)")
    list(APPEND partita_rooms ${CMAKE_MATCH_1})
  endif()
endforeach()
foreach(name ${partita_rooms})
  set_target_properties(partita_${name} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS partita_${name} EXPORT partita ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
install(TARGETS partita_everything EXPORT partita)
install(TARGETS partita RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# `#include "sim/plan/plan.h"` works as in the source tree.
foreach(folder sim partitioners models validation tools/partita)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/ DESTINATION include/partita/${folder}
          FILES_MATCHING PATTERN *.h
          PATTERN onnx EXCLUDE PATTERN tflite EXCLUDE PATTERN page EXCLUDE)
endforeach()

# The same file in two places: beside the build's targets and beside the installed ones.
set(partita_cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/partita)
set(partita_has_cbc FALSE)
if(TARGET PkgConfig::cbc)
  set(partita_has_cbc TRUE)
endif()
set(partita_has_onnx FALSE)
if(Protobuf_FOUND AND TARGET onnx)
  set(partita_has_onnx TRUE)
endif()
set(partita_data ${CMAKE_INSTALL_DATADIR}/partita)
set(partita_command ${CMAKE_INSTALL_BINDIR}/partita)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/partitaConfig.cmake.in
  ${PROJECT_BINARY_DIR}/install/partitaConfig.cmake
  INSTALL_DESTINATION ${partita_cmake_folder} PATH_VARS partita_data partita_command)
set(partita_data ${PROJECT_SOURCE_DIR})
set(partita_command ${PROJECT_BINARY_DIR}/partita)
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/partitaConfig.cmake.in ${PROJECT_BINARY_DIR}/partitaConfig.cmake
  INSTALL_DESTINATION ${PROJECT_BINARY_DIR} PATH_VARS partita_data partita_command)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/partitaConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
export(EXPORT partita NAMESPACE partita:: FILE ${PROJECT_BINARY_DIR}/partitaTargets.cmake)
install(EXPORT partita NAMESPACE partita:: FILE partitaTargets.cmake
        DESTINATION ${partita_cmake_folder})
install(FILES ${PROJECT_BINARY_DIR}/install/partitaConfig.cmake
              ${PROJECT_BINARY_DIR}/partitaConfigVersion.cmake
        DESTINATION ${partita_cmake_folder})

foreach(folder socs models traces validation)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/partita
          PATTERN *.cpp EXCLUDE PATTERN *.h EXCLUDE PATTERN __pycache__ EXCLUDE)
endforeach()

# The Python module, where it was built.
install(DIRECTORY ${PROJECT_BINARY_DIR}/python/partita DESTINATION lib/python3/dist-packages
        OPTIONAL PATTERN __pycache__ EXCLUDE)

# Written by the command itself, from its table of options.
set(partita_man ${PROJECT_BINARY_DIR}/install/partita.1)
set(partita_completion ${PROJECT_BINARY_DIR}/install/partita.bash)
add_custom_command(OUTPUT ${partita_man}.gz DEPENDS partita
                   COMMAND partita man > ${partita_man}
                   COMMAND gzip -9nkf ${partita_man} VERBATIM)
add_custom_command(OUTPUT ${partita_completion} DEPENDS partita
                   COMMAND partita completion bash > ${partita_completion} VERBATIM)
add_custom_target(partita_shell ALL DEPENDS ${partita_man}.gz ${partita_completion})
install(FILES ${partita_man}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${partita_completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME partita)

set(partita_doc ${CMAKE_INSTALL_DATADIR}/doc/partita)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CONTRIBUTING.md
              ${PROJECT_SOURCE_DIR}/CITATION.cff
        DESTINATION ${partita_doc})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${partita_doc}
        PATTERN __pycache__ EXCLUDE PATTERN .ipynb_checkpoints EXCLUDE)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/package/copyright DESTINATION ${partita_doc})
if(VEGA_JS AND VEGA_LITE_JS)  # Reports carry them: their licence comes along.
  string(REGEX REPLACE "\\.min\\.js$" ".LICENSE" vega_licence ${VEGA_LITE_JS})
  install(FILES ${vega_licence} DESTINATION ${partita_doc} OPTIONAL)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/package.cmake)

# The documents and headers as pages: build/<preset>/docs/html.
find_program(DOXYGEN doxygen)
if(DOXYGEN)
  add_custom_target(docs COMMAND ${PROJECT_SOURCE_DIR}/tools/make_docs ${PROJECT_BINARY_DIR}/docs
                    USES_TERMINAL VERBATIM)
endif()
