"""Writes texts.json: what CLIP's own cleaning, in Python, makes of texts. Needs ftfy 6.3.1.

A text on which this project says to differ from ftfy (a repair of wrongly decoded text that it has not) is not among them.
"""
import html
import json
import random
import re

import ftfy


def clean(text):
    text = ftfy.fix_text(text)
    text = html.unescape(html.unescape(text)).strip()
    return re.sub(r"\s+", " ", text).strip().lower()


texts = ["", " ", "\n", "a  b\t\r\nc", "A\rB\u2028C\u2029D\u0085E", "\x0bvertical\x0cfeed\x1cfile\x1fsep\x7f", "\u3000wide\u3000",
         "\u00a0\u1680\u2000\u200a\u202f\u205f", "\u200bzero\u200dwidth\u2060", "\ufeffbom in\ufeffside", "\ufff9a\ufffab\ufffb\ufffc",
         "\x1b[36;44mblue\x1b[0m", "\x1b[", "\u206anominal\u206f", "nul\x00", "\ud83d", "a\udc00b", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
texts += ["&amp;", "&amp", "&amp;amp;amp;amp;lt;", "&ampx", "&notit;", "&notin;", "&NOTIN;", "&EACUTE;t&eacute;", "P&EACUTE;REZ", "&nTILDE;", "&frac12;",
          "&FRAC12;", "&CounterClockwiseContourIntegral;", "&acE;", "&fjlig;", "&NotEqualTilde;", "&nosuch;", "&;", "&#;", "&#x;", "&#38;#38;", "&#0;", "&#x80;",
          "&#128;&#129;&#159;", "&#xD800;", "&#x110000;", "&#99999999999999999999;", "&#11;&#12;&#13;", "&#xFDD0;", "&#xFFFE;", "&#x1FFFF;", "&#127;", "&#65", "&#x41g",
          "<b>&amp;</b>", "a < b &eacute;", "&eacute;\n<i>&eacute;</i>\n&EACUTE;", "&lt;&gt;&quot;&apos;&#39;", "AT&T", "x&y;z", "&ntilde&ntilde;", "&copycat", "&COPY;"]
texts += ["Ĳsselmeer ĳ", "ŉ", "ǄǅǆǇǈǉǊǋǌǱǲǳ", "ﬀﬁﬂﬃﬄﬅﬆ", "ＡＢＣ　１２３！～", "＄１ ＼１ ￥", "&dollar;1 &bsol;", "ｱｲｳ ﾊﾞ ﾜｰ", "ﾡﾢ￠￡￦", "“curly” ‘single’ ‚low‛ „low‟ ʼn", "′prime″ «guillemets» ‹›"]
texts += ["cafe\u0301 a\u030a A\u0327\u0301", "\u1100\u1161\u11a8", "\u212b \u2126 K", "İI ıi", "ΟΔΥΣΣΕΥΣ ΣΣ Σ", "ΐΗκ΄Σ", "ΑΣ.", "ΑΣ.Β", "Α'Σ", "Σ'Α", "ΑΣ·Α", "1Σ", "ǅΣ", "ªΣ", "Α\u0301Σ\u0301", "ẞ ß", "Ǆ", "\u0345Α\u0345"]
texts += ["schÃ¶n", "â€œquotesâ€\u009d", "Ã©tÃ©", "âœ” mark", "â€”", "Ã¢â‚¬â„¢", "ä½\u00a0å¥½", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "ðŸ˜€", "naïve café", "日本 cafÃ© Âµ", "naïve cafÃ© â€œquotedâ€\u009d", "日本 ðŸ˜€", "Â©2024", "50 Â£", "\u0085\u0091quoted\u0092", "\u0093a\u0094 \u0080 5", "Åland Ærø",
          "©®™", "×÷", "àéîõü", "ÀÉÎÕÜ", "Ünïcödé"]

draw = random.Random(1)
parts = ["&amp;", "&lt;", "&#39;", "<", ">", " ", "\n", "\r\n", "\t", "a", "Bc", "É", "e\u0301", "“", "’", "ﬁ", "Ａ", "ﾊﾟ", "\u200b", "\u00a0", "\x07", "\ufeff", "日本", "😀", "ſ", "İ", "Σ", "1", "'S", "&Eacute", ";"]
texts += ["".join(draw.choice(parts) for _ in range(draw.randint(2, 12))) for _ in range(120)]

with open("texts.json", "w", encoding="ascii") as out:
    json.dump([{"text": text, "clean": clean(text)} for text in texts], out, indent=0)
print(len(texts))
