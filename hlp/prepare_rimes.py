"""Make a training set of RIMES 2011: CSVs by its owners' split, and an alphabet.

    python hlp/prepare_rimes.py RIMES-2011-Lines.zip -o data/rimes

The archive, or its folder, is from https://teklia.com/research/rimes-database/ and read in place.
"""

from tf_crnn.cli_prepare import prepare_command

main = prepare_command("rimes", __doc__)

if __name__ == "__main__":
    main()
