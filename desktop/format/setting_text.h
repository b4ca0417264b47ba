// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

namespace millrace::control::v1 {
class SettingSchema;
}
namespace millrace::config::v1 {
enum Effect : int;
}

/// Values of settings for display and input. Pure. Thread: GUI.
namespace millrace::desktop::setting_text {

using Schema = millrace::control::v1::SettingSchema;

/// A field's text while it is not edited: whole numbers with thousands separators ("16,384"), decimals with the
/// language's sign, others unchanged.
QString grouped(const Schema& setting, const QString& text);
/// The same while it is edited: no separators, but the language's decimal sign ("0,35" in German).
QString typed(const Schema& setting, const QString& text);
/// Input without thousands separators: "16,384" gives "16384". Texts and lists are unchanged.
QString ungrouped(const Schema& setting, const QString& text);
/// With its unit: "16,384 rows", "10 MiB", "on", "–".
QString shown(const Schema& setting, const QString& text);
/// "1 – 4,096 rows", "at least 1"; empty: any value.
QString range(const Schema& setting);
/// A large value in a convenient unit: "10 MiB" for bytes, "5 min" for milliseconds; empty if that adds nothing.
QString inWords(const Schema& setting, const QString& text);
/// When a change takes effect: "next batch".
QString effect(config::v1::Effect effect);

}  // namespace millrace::desktop::setting_text
