# Run by cpack on the folder that is about to be packed: what only a package carries.
file(GLOB_RECURSE binary "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/bin/partita")
cmake_path(GET binary PARENT_PATH prefix)
cmake_path(GET prefix PARENT_PATH prefix)
set(doc "${prefix}/share/doc/partita")
set(changelog "${doc}/changelog")
configure_file("${CMAKE_CURRENT_LIST_DIR}/changelog" "${changelog}" COPYONLY)
execute_process(COMMAND gzip -9nf "${changelog}" COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE modules "${prefix}/lib/python3/*.so")
if(modules)
  execute_process(COMMAND strip --strip-unneeded --remove-section=.comment --remove-section=.note
                          ${modules} COMMAND_ERROR_IS_FATAL ANY)
endif()
file(GLOB archives "${prefix}/lib/*.a")
execute_process(COMMAND strip --strip-debug --enable-deterministic-archives ${archives}
                COMMAND_ERROR_IS_FATAL ANY)
