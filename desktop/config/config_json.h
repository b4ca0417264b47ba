// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

namespace google::protobuf {
class Message;
}

/// A configuration as the JSON that the engine's own file has: fields by name, choices as words, only what is set.
namespace millrace::desktop::config_json {

/// What is wrong with a text, and where; no message: nothing is.
struct Problem {
    QString message;
    QString path;          ///< the setting it is about; empty: the text is no JSON
    qsizetype at = 0;      ///< characters from the start
    qsizetype length = 0;  ///< characters that are wrong; 0: something is missing there
    bool isNone() const { return message.isEmpty(); }
};

QString write(const google::protobuf::Message& config);

/// Fills `config`. Ranges are the engine's business.
Problem read(const QString& text, google::protobuf::Message& config);

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

}  // namespace millrace::desktop::config_json
