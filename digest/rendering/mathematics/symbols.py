"""What mathematical commands stand for, in characters that mail programs' fonts hold.

Only characters of the Basic Multilingual Plane: the alphabets beyond it (𝒪, 𝔼) are missing from the fonts of older phones and
of plain-text views, are not found by who searches for "O(n)", and are read out letter by letter or not at all. So `\\mathcal{O}`
is O, and `\\mathbb{R}` is ℝ, which fonts have held for decades; ℒ alone among plain letters would say more than its author did.
"""

from __future__ import annotations

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "varkappa": "ϰ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π",
    "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "digamma": "ϝ",
}  # fmt: skip
LETTERS = _GREEK | {
    "ell": "ℓ", "hbar": "ℏ", "hslash": "ℏ", "imath": "ı", "jmath": "ȷ", "Re": "Re", "Im": "Im", "wp": "℘", "aleph": "ℵ", "beth": "ℶ",
    "infty": "∞", "partial": "∂", "nabla": "∇", "emptyset": "∅", "varnothing": "∅", "top": "⊤", "bot": "⊥", "angle": "∠", "triangle": "△",
    "degree": "°", "prime": "′", "complement": "∁", "mho": "℧", "eth": "ð", "AA": "Å", "aa": "å", "O": "Ø", "o": "ø", "ss": "ß", "ae": "æ",
    "AE": "Æ", "oe": "œ", "OE": "Œ", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "Box": "□", "square": "□", "blacksquare": "■", "qed": "∎",
    "Diamond": "◇", "lozenge": "◊", "bigstar": "★", "checkmark": "✓", "flat": "♭", "natural": "♮", "sharp": "♯", "clubsuit": "♣",
    "diamondsuit": "♦", "heartsuit": "♥", "spadesuit": "♠", "circledR": "®", "copyright": "©", "pounds": "£", "S": "§", "P": "¶",
    "Bbbk": "k", "forall": "∀", "exists": "∃", "nexists": "∄", "neg": "¬", "lnot": "¬", "surd": "√", "sum": "∑", "prod": "∏",
    "coprod": "∐", "int": "∫", "iint": "∬", "iiint": "∭", "oint": "∮", "bigcap": "⋂", "bigcup": "⋃", "bigvee": "⋁", "bigwedge": "⋀",
    "bigoplus": "⨁", "bigotimes": "⨂", "bigsqcup": "⨆", "biguplus": "⨄", "ldots": "…", "dots": "…", "dotsc": "…", "dotso": "…",
    "cdots": "⋯", "dotsb": "⋯", "vdots": "⋮", "ddots": "⋱", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "langle": "⟨",
    "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lvert": "|", "rvert": "|", "vert": "|", "lVert": "‖",
    "rVert": "‖", "Vert": "‖", "backslash": "\\", "dag": "†", "ddag": "‡", "therefore": "∴", "because": "∵", "percent": "%",
    "textasciitilde": "~", "colon": ": ", "|": "‖", "dagger": "†", "ddagger": "‡",
    "arcsec": "″", "arcmin": "′", "farcs": ".″", "farcm": ".′", "fdg": ".°", "degr": "°", "micron": "μm",
}  # fmt: skip
"""What stands beside its neighbours: the blank that ends such a command's name is no blank of the text."""
OPERATORS = {
    "times": "×", "div": "÷", "pm": "±", "mp": "∓", "cdot": "·", "cdotp": "·", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "•",
    "oplus": "⊕", "ominus": "⊖", "otimes": "⊗", "oslash": "⊘", "odot": "⊙", "dotplus": "∔", "cap": "∩", "cup": "∪", "uplus": "⊎",
    "sqcap": "⊓", "sqcup": "⊔", "vee": "∨", "lor": "∨", "wedge": "∧", "land": "∧", "setminus": "∖", "smallsetminus": "∖", "wr": "≀",
    "amalg": "⨿", "ltimes": "⋉", "rtimes": "⋊", "bowtie": "⋈", "Join": "⋈", "boxplus": "⊞", "boxtimes": "⊠", "diamond": "⋄",
    "leq": "≤", "le": "≤", "leqslant": "≤", "leqq": "≦", "geq": "≥", "ge": "≥", "geqslant": "≥", "geqq": "≧", "lt": "<", "gt": ">",
    "neq": "≠", "ne": "≠", "ll": "≪", "gg": "≫", "lll": "⋘", "ggg": "⋙", "equiv": "≡", "sim": "∼", "simeq": "≃", "approx": "≈",
    "approxeq": "≊", "cong": "≅", "propto": "∝", "varpropto": "∝", "asymp": "≍", "doteq": "≐", "triangleq": "≜", "coloneqq": "≔",
    "coloneq": "≔", "eqqcolon": "≕", "lesssim": "≲", "gtrsim": "≳", "lessapprox": "⪅", "gtrapprox": "⪆", "prec": "≺", "succ": "≻",
    "preceq": "⪯", "succeq": "⪰", "preccurlyeq": "≼", "succcurlyeq": "≽", "in": "∈", "notin": "∉", "ni": "∋", "owns": "∋",
    "subset": "⊂", "supset": "⊃", "subseteq": "⊆", "supseteq": "⊇", "subsetneq": "⊊", "supsetneq": "⊋", "nsubseteq": "⊈", "sqsubset": "⊏",
    "sqsupset": "⊐", "sqsubseteq": "⊑", "sqsupseteq": "⊒", "perp": "⊥", "parallel": "∥", "nparallel": "∦", "mid": "|", "nmid": "∤",
    "vdash": "⊢", "dashv": "⊣", "models": "⊨", "vDash": "⊨", "Vdash": "⊩", "to": "→", "rightarrow": "→", "longrightarrow": "⟶",
    "leftarrow": "←", "gets": "←", "longleftarrow": "⟵", "leftrightarrow": "↔", "longleftrightarrow": "⟷", "Rightarrow": "⇒",
    "Longrightarrow": "⟹", "implies": "⇒", "Leftarrow": "⇐", "impliedby": "⇐", "Longleftarrow": "⟸", "Leftrightarrow": "⇔", "iff": "⇔",
    "Longleftrightarrow": "⟺", "mapsto": "↦", "longmapsto": "⟼", "uparrow": "↑", "downarrow": "↓", "updownarrow": "↕", "Uparrow": "⇑",
    "Downarrow": "⇓", "nearrow": "↗", "searrow": "↘", "swarrow": "↙", "nwarrow": "↖", "hookrightarrow": "↪", "hookleftarrow": "↩",
    "rightharpoonup": "⇀", "rightleftharpoons": "⇌", "leftrightarrows": "⇆", "rightrightarrows": "⇉", "rightsquigarrow": "⇝",
    "leadsto": "⇝",
    "upharpoonright": "↾", "restriction": "↾", "twoheadrightarrow": "↠", "rightarrowtail": "↣", "nrightarrow": "↛", "circlearrowleft": "↺",
    "circlearrowright": "↻", "multimap": "⊸", "lhd": "⊲", "rhd": "⊳", "unlhd": "⊴", "unrhd": "⊵", "triangleleft": "◁",
    "triangleright": "▷", "bmod": "mod", "la": "≲", "ga": "≳",
}  # fmt: skip
"""What stands between its neighbours, with as much room before it as behind it."""
FUNCTIONS = frozenset({
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "coth", "csc", "deg", "det", "dim", "exp", "gcd", "hom", "inf", "ker", "lg",
    "lim", "ln", "log", "max", "min", "Pr", "sec", "sin", "sinh", "sup", "tan", "tanh",
    "argmax", "argmin", "Tr", "tr", "rank", "diag", "sgn", "sign", "softmax", "polylog", "poly", "Var", "Cov", "lcm", "erf", "mod",
})  # fmt: skip
"""Names that stay words, apart from what is beside them. The second row is not TeX's own, but no author means anything else by them."""
FUNCTION_NAMES = {"limsup": "lim sup", "liminf": "lim inf", "injlim": "inj lim", "projlim": "proj lim"}
SPACES = frozenset({",", ";", ":", ">", " ", "\n", "quad", "qquad", "enspace", "thinspace", "space"})
SILENT = frozenset({
    "!", "/", "-", "@",
    "limits", "nolimits", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "left", "right", "middle", "big", "Big", "bigg",
    "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "bigm", "Bigm", "rm", "bf", "it", "sf", "tt", "cal", "scr",
    "mit", "nonumber", "notag", "relax", "protect", "mathstrut", "strut", "mathsurround", "hfill", "noindent", "centering", "allowbreak",
    "nobreak", "negthinspace", "negmedspace", "negthickspace", "boldmath", "unboldmath", "em", "sl", "sc", "rmfamily", "bfseries",
    "mathord", "mathrel", "mathbin", "mathop", "mathopen", "mathclose", "mathpunct", "mathinner",
    "tiny", "scriptsize", "footnotesize", "small", "normalsize", "large", "Large", "LARGE", "huge", "Huge", "itshape", "scshape",
    "ttfamily",
    "sffamily", "upshape", "slshape", "mdseries",
})  # fmt: skip
"""What says how something looks, and nothing else."""
ALPHABETS = frozenset({
    "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathnormal", "mathcal", "mathscr", "mathfrak", "boldsymbol", "bm", "pmb",
    "mathbfcal",
    "mathds", "mathbbm", "frak", "Bbb", "mathbb", "symbf", "symbb", "symcal", "underline", "mathclap", "smash", "boxed", "ensuremath",
    "fbox",
})  # fmt: skip
GROWING = frozenset("∑∏∐∫∬∭∮⋂⋃⋁⋀⨁⨂⨆⨄")
"""What stands before what it adds up."""
WRAPPING = {
    "ket": ("|", "⟩"), "bra": ("⟨", "|"), "braket": ("⟨", "⟩"), "abs": ("|", "|"), "norm": ("‖", "‖"),
    "pmod": (" (mod ", ")"), "pod": (" (", ")"),
}  # fmt: skip
DOUBLE = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
DOUBLE_STRUCK = frozenset({"mathbb", "Bbb", "mathds", "mathbbm", "symbb"})
HATS = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303", "widetilde": "\u0303", "dot": "\u0307",
    "ddot": "\u0308", "dddot": "\u20db", "vec": "\u20d7", "check": "\u030c", "widecheck": "\u030c", "breve": "\u0306", "acute": "\u0301",
    "grave": "\u0300", "mathring": "\u030a",
}  # fmt: skip
"""What a single letter wears; over several letters the command stays as it is written."""
_RAISED = "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ"
_RAISED_TO = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ"
_LOWERED = "0123456789+-−=()aehijklmnoprstuvxβγρφχ"
_LOWERED_TO = "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ"
RAISED = dict(zip(_RAISED, _RAISED_TO, strict=True))
LOWERED = dict(zip(_LOWERED, _LOWERED_TO, strict=True))
HIGH = {"∘": "°", "°": "°", "′": "′", "″": "″", "′′": "″", "†": "†", "‡": "‡", "®": "®", "™": "™", "©": "©", "∗∗": "**"}
"""Superscripts whose character stands high by itself."""
