// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

namespace millrace::control::v1 {
class SettingSchema;
}
namespace millrace::config::v1 {
enum Effect : int;
}

/// Values of settings as people read and type them. Pure functions.
namespace millrace::desktop::setting_text {

using Schema = millrace::control::v1::SettingSchema;

/// What a field shows while it is not being edited: whole numbers in groups of three ("16,384"), the rest as it is.
QString grouped(const Schema& setting, const QString& text);
/// What was typed, without what grouped() put in: "16,384" is 16384. Texts and lists are left alone.
QString ungrouped(const Schema& setting, const QString& text);
/// With its unit, switches as words: "16,384 rows", "10 MiB", "on", "–".
QString shown(const Schema& setting, const QString& text);
/// "1 – 4,096 rows", "at least 1", empty where anything goes.
QString range(const Schema& setting);
/// A large value in the unit one thinks in: "10 MiB" of bytes, "5 min" of milliseconds; empty where that says no more.
QString inWords(const Schema& setting, const QString& text);
/// When a change begins to count: "next batch".
QString effect(config::v1::Effect effect);

}  // namespace millrace::desktop::setting_text
