# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DLUPDATE=… -DTO=folder -P update.cmake, from the top of the tree: brings the .ts files there up to date with the
# sources. What the engine's descriptors say of settings and series, and its phrases, are not C++: it is written down for lupdate first.
set(out "// SPDX-License-Identifier: GPL-3.0-or-later\n// Written by update.cmake for lupdate: what the engine says of its settings and series, and its phrases. Not compiled.\n// clang-format off\n")
function(write_words context file found)
  file(READ "${file}" text)
  # None of these may meet CMake's lists.
  string(ASCII 1 c1)
  string(ASCII 2 c2)
  string(ASCII 3 c3)
  string(REPLACE ";" "${c1}" text "${text}")
  string(REPLACE "[" "${c2}" text "${text}")
  string(REPLACE "]" "${c3}" text "${text}")
  string(REGEX MATCHALL "${found}" all "${text}")
  list(TRANSFORM all REPLACE "^[^\"]+" "")
  list(REMOVE_DUPLICATES all)
  foreach(words IN LISTS all)
    string(APPEND out "QT_TRANSLATE_NOOP(\"${context}\", ${words})\n")
  endforeach()
  string(REPLACE "${c1}" ";" out "${out}")
  string(REPLACE "${c2}" "[" out "${out}")
  string(REPLACE "${c3}" "]" out "${out}")
  set(out "${out}" PARENT_SCOPE)
endfunction()
set(titles "(title|help|unit): \"[^\"]*\"")
write_words(Settings engine/proto/config.proto "${titles}")
write_words(Series engine/proto/series.proto "${titles}")
write_words(Phrases engine/proto/phrases.proto "\\(english\\) = \"[^\"]*\"")
set(words "${TO}/engine_words.h")
file(WRITE "${words}" "${out}")
# No lines of sources in the .ts: they would change with every edit.
set(how -silent -no-obsolete -no-ui-lines -locations none -source-language en_US)
set(sources desktop qml "${words}")
execute_process(COMMAND "${LUPDATE}" ${how} -target-language de_DE ${sources} -ts "${TO}/millrace_de.ts"
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${LUPDATE}" ${how} -target-language en_US -pluralonly ${sources} -ts "${TO}/millrace_en.ts"
                COMMAND_ERROR_IS_FATAL ANY)
