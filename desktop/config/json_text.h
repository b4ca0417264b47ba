// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

namespace millrace::config::v1 {
class Config;
}

/// A configuration as JSON in an editor: written and read by the engine's own library, so that both accept the same,
/// and where in the text a setting is. Pure functions.
namespace millrace::desktop::json_text {

/// What is wrong with a text, and where; no message: nothing is.
struct Problem {
    QString message;
    QString path;          ///< the setting it is about; empty: the text is not valid JSON
    qsizetype at = 0;      ///< characters from the start
    qsizetype length = 0;  ///< characters that are wrong; 0: something is missing there
    bool isNone() const { return message.isEmpty(); }
};

QString write(const config::v1::Config& config);

/// Fills `config`, unless there is a problem. Ranges are for the engine to validate: with what else is pending.
Problem read(const QString& text, config::v1::Config& config);

/// Where the setting is in a text that read() accepts or that is at least JSON: its name, else the innermost group of
/// it that is there; {} when none is.
struct Place {
    qsizetype at = -1;
    qsizetype length = 0;
};
Place find(const QString& text, const QString& path);

/// "line 3, column 12" of a place in the text.
int lineOf(const QString& text, qsizetype at);
int columnOf(const QString& text, qsizetype at);

}  // namespace millrace::desktop::json_text
