// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/preferences.h"

#include "format/translation.h"

#include <QtCore/QEvent>
#include <QtGui/QGuiApplication>
#include <QtGui/QPalette>

#include <algorithm>

namespace millrace::desktop {
namespace {

const QString kLanguageKey = QStringLiteral("language");

}  // namespace

Preferences::Preferences(const QString& path, QObject* parent) : QObject(parent)
{
    if (!path.isEmpty()) settings_ = std::make_unique<QSettings>(path, QSettings::IniFormat);
    theme_ = static_cast<Theme>(std::clamp(number(QStringLiteral("theme"), System), 0, 2));
    // By name: a file of a later version may have a language that this one lacks.
    const QString language = text(kLanguageKey);
    language_ = language == u"en" ? English : language == u"de" ? German : DesktopLanguage;
    qGuiApp->installEventFilter(this);
}

void Preferences::setTheme(Theme theme)
{
    if (theme == this->theme()) return;
    override_.reset();
    theme_ = theme;
    keep(QStringLiteral("theme"), static_cast<int>(theme));
    Q_EMIT themeChanged();
}

void Preferences::overrideTheme(Theme theme)
{
    if (theme == this->theme()) return;
    override_ = theme;
    Q_EMIT themeChanged();
}

void Preferences::setLanguage(Language language)
{
    if (language == this->language()) return;
    languageOverride_.reset();
    language_ = language;
    keep(kLanguageKey, language == English  ? QVariant(QStringLiteral("en"))
                       : language == German ? QVariant(QStringLiteral("de"))
                                            : QVariant());
    Q_EMIT languageChanged();
}

void Preferences::overrideLanguage(Language language)
{
    if (language == this->language()) return;
    languageOverride_ = language;
    Q_EMIT languageChanged();
}

QLocale::Language Preferences::spoken() const
{
    switch (language()) {
        case English:
            return QLocale::English;
        case German:
            return QLocale::German;
        case DesktopLanguage:
            break;
    }
    return Translation::ofDesktop();
}

bool Preferences::isDark() const
{
    if (theme() != System) return theme() == Dark;
    // Qt 6.4 does not report the desktop's colour scheme; its palette does.
    const QPalette palette = QGuiApplication::palette();
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

bool Preferences::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == qGuiApp && event->type() == QEvent::ApplicationPaletteChange && theme() == System)
        Q_EMIT themeChanged();
    return QObject::eventFilter(watched, event);
}

QString Preferences::text(const QString& key, const QString& otherwise) const
{
    return settings_ ? settings_->value(key, otherwise).toString() : otherwise;
}

int Preferences::number(const QString& key, int otherwise) const
{
    return settings_ ? settings_->value(key, otherwise).toInt() : otherwise;
}

QRect Preferences::rect(const QString& key) const
{
    return settings_ ? settings_->value(key).toRect() : QRect();
}

bool Preferences::flag(const QString& key, bool otherwise) const
{
    return settings_ ? settings_->value(key, otherwise).toBool() : otherwise;
}

void Preferences::keepTable(const QString& table, const QString& state)
{
    if (state != tableState(table)) keep(QStringLiteral("tables/") + table, state);
}

void Preferences::keep(const QString& key, const QVariant& value)
{
    if (!settings_) return;
    if (value.isValid()) {
        settings_->setValue(key, value);
    } else {
        settings_->remove(key);
    }
}

}  // namespace millrace::desktop
