"""Make a training set of READ 2016 (ICFHR 2016): CSVs by its owners' split, and an alphabet.

    python hlp/prepare_read2016.py FOLDER_OF_ARCHIVES -o data/read2016

The archives, or what they hold, are from https://zenodo.org/records/1164045.
"""

from tf_crnn.cli_prepare import prepare_command

main = prepare_command("read2016", __doc__)

if __name__ == "__main__":
    main()
